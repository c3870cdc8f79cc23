async function work(): Promise<void> {
  await Promise.resolve();
}

export async function start(): Promise<void> {
  work(); // fault: typescript/no-floating-promises
  await work();
  void work();
}

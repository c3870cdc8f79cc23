export function greet(names: string[]): void {
  // fault below: typescript/no-misused-promises
  names.forEach(async (name) => {
    await Promise.resolve(name);
  });
  for (const name of names) void Promise.resolve(name);
}

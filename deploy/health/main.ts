/** Says whether a part is healthy: exit code 0 when the address in the first argument answers with success, else 1. */
const TIMEOUT_MS = 3_000;

const [address = ""] = process.argv.slice(2);
try {
  const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`);
} catch (error) {
  process.stderr.write(`${address} ${String(error)}\n`);
  process.exitCode = 1;
}

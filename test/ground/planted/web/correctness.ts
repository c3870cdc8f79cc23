export function pause(): void {
  debugger; // fault: eslint/no-debugger
}

export const name = "CamelCase"; // fault: unicorn/filename-case

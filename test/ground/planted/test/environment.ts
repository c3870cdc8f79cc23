/** And tests may read the environment. */
export const level = process.env["LOG_LEVEL"];

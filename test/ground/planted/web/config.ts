/** Only such a file may read the environment. */
export const level = process.env["LOG_LEVEL"];

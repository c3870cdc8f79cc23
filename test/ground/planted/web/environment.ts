export const level = process.env["LOG_LEVEL"]; // fault: node/no-process-env

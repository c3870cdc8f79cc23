/** Seconds. Access tokens are short-lived since nothing revokes them before their time. */
export const ACCESS_TOKEN_LIFE_S = 600;

/** Seconds that a code waits to be exchanged. */
export const CODE_LIFE_S = 60;

/** Seconds that a person has to log in. */
export const LOGIN_LIFE_S = 600;

/** Seconds that a browser stays logged in, so that a token for the next patient asks nobody. */
export const SESSION_LIFE_S = 3600;

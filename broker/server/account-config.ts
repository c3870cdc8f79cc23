/** A NATS account: a space of subjects and streams that no other account sees. */
export interface AccountConfig {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  readonly jetstream: boolean;
  readonly users: readonly UserConfig[];
}

/** A user of an account, known by its public key alone. */
export interface UserConfig {
  /** Public user nkey (`U…`). */
  readonly nkey: string;
  /** The only subjects that it may use; without this, all of its account's. An empty list means none. */
  readonly permissions?:
    | { readonly publish: readonly string[]; readonly subscribe: readonly string[] }
    | undefined;
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const USER_NKEY = /^U[A-Z2-7]{55}$/;
const SUBJECT = /^(?:[^\s.*>\p{Cc}]+|\*)(?:\.(?:[^\s.*>\p{Cc}]+|\*))*(?:\.>)?$|^>$/u;

/** Every rule that the accounts break, in words; none when they are sound. */
export function accountFaults(accounts: readonly AccountConfig[]): string[] {
  const users = accounts.flatMap((account) => account.users);
  return [
    // nats-server would take either list for "no authentication at all".
    ...(users.length === 0
      ? ["no account has a user, which would leave the server open to anyone"]
      : []),
    ...repeated(accounts.map(({ name }) => name)).map((name) => `account ${name} is there twice`),
    ...repeated(users.map(({ nkey }) => nkey)).map((nkey) => `user ${nkey} is there twice`),
    ...accounts
      .filter(({ name }) => !NAME.test(name))
      .map(({ name }) => `${JSON.stringify(name)} is no account name`),
    ...users.flatMap(userFaults),
  ];
}

function userFaults({ nkey, permissions }: UserConfig): string[] {
  const subjects = [...(permissions?.publish ?? []), ...(permissions?.subscribe ?? [])];
  return [
    ...(USER_NKEY.test(nkey)
      ? []
      : ["a user's nkey is not a public user key (U and 55 characters)"]),
    ...subjects
      .filter((subject) => !SUBJECT.test(subject))
      .map((subject) => `${JSON.stringify(subject)} is no subject`),
  ];
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, i) => values.indexOf(value) !== i))];
}

/** What an unpacker came back with. */
export type Unpacked =
  | { readonly outcome: "unpacked"; readonly file: string }
  | { readonly outcome: "unavailable"; readonly reason: string };

/** One way to get a nats-server without installing anything. */
export interface Unpacker {
  /** Where the program comes from, in words that follow "from". */
  readonly name: string;
  /** Unpacks into an empty folder of the caller's, who removes it. May throw; that counts as unavailable. */
  unpack(folder: string): Promise<Unpacked>;
}

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";
import type { Directory } from "../registration/directory.ts";
import type { FaultListener } from "../provider/create-provider.ts";
import type { SigningKeys } from "../provider/signing-keys.ts";

/** The running stand-in, as a request finds it. */
export type StandIn = {
  readonly issuer: string;
  readonly directory: Directory;
  readonly keys: SigningKeys;
  readonly provider: Provider;
  rotateKeys(): Promise<void>;
  readonly onFault: FaultListener;
};

export type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

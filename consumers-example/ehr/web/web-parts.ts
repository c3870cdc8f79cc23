import type { PractitionerLogin } from "../../client/practitioner-login.ts";
import type { Inbox } from "../inbox.ts";
import type { NoticeOpening } from "../notice-opening.ts";
import type { TenantStatus } from "../tenant-status.ts";
import type { PendingLogins } from "./pending-logins.ts";
import type { Sessions } from "./sessions.ts";

/** What the EHR's pages and its API are made with. */
export type WebParts = {
  /** The system's name on every page. */
  readonly name: string;
  /** The origin that browsers use; known when the server listens. */
  readonly publicUrl: () => string;
  /** HelseID's origin: forms may lead there. */
  readonly issuerOrigin: string;
  readonly login: PractitionerLogin;
  readonly sessions: Sessions;
  readonly pending: PendingLogins;
  readonly inbox: Inbox;
  readonly opening: NoticeOpening;
  /** How it stands with each tenant. */
  readonly status: () => readonly TenantStatus[];
  readonly scriptToken: string | undefined;
};

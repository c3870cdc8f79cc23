/** A resource's version: `meta.versionId`, which our sources number. */
export type FhirVersion = number;

/** A notification as the inbox takes it. */
export type NewNotice = {
  readonly tenant: string;
  readonly subscription: string;
  readonly eventnumber: number;
  /** The event's id towards this consumer. */
  readonly eventId: string;
  readonly type: string;
  readonly handle: string;
  readonly time: string;
  readonly recordedtime: string;
  readonly dataref: string;
  readonly dataversion: FhirVersion;
};

/** A notification in the inbox. */
export type StoredNotice = NewNotice & {
  readonly id: string;
  /** Order of arrival. */
  readonly place: number;
  readonly receivedAt: string;
  readonly opened: boolean;
  /** A newer version of the same resource is known of. */
  readonly superseded: boolean;
  /** The service took the notice back, or the source had nothing for us at the last lookup. */
  readonly notAvailable: boolean;
};

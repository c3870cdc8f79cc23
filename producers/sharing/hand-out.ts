import { openReference, sealReference } from "#schemas/opaque-reference";
import { parseExactly, type Resource } from "../fhir/exact-json.ts";
import { RESOURCE_ID_PATTERN } from "../recording/new-resource-id.ts";
import type { Found, ResourceVersion } from "../store/source-store.ts";

export type HandOutOptions = {
  readonly resourceType: string;
  /** The tenant's key for names of resources towards consumers. */
  readonly referenceKey: Uint8Array;
  readonly sourceUrl: () => string;
};

/** A relative or absolute reference to a resource of a source's own, perhaps to a version of it. */
const OWN_REFERENCE = new RegExp(
  `^(.*?)(Observation|CarePlan)/(${RESOURCE_ID_PATTERN})(/_history/[1-9][0-9]*)?$`,
);

/**
 * Writes resources as one consumer organisation may see them: under the ids that are sealed for it.
 * The source's own ids appear nowhere, not in references between resources either.
 */
export class HandOut {
  readonly #options: HandOutOptions;

  constructor(options: HandOutOptions) {
    this.#options = options;
  }

  /** The source's own id of a resource, or nothing when the id was not sealed for this consumer. */
  ownId(opaque: string, consumer: string): string | undefined {
    const { referenceKey, resourceType } = this.#options;
    return openReference(referenceKey, { resourceType, id: opaque }, { consumer });
  }

  /** A resource's version as FHIR JSON text. */
  resource(version: ResourceVersion, consumer: string): string {
    return JSON.stringify(this.#rewrite(version, consumer));
  }

  /** What a search found, as the text of a Bundle. */
  searchset({ total, resources }: Found, consumer: string): string {
    const { resourceType, sourceUrl } = this.#options;
    const base = `${sourceUrl()}/fhir/${resourceType}`;
    return JSON.stringify({
      resourceType: "Bundle",
      type: "searchset",
      total,
      link: [{ relation: "self", url: `${base}/_search` }],
      ...(resources.length > 0 && {
        entry: resources.map((version) => ({
          fullUrl: `${base}/${this.#seal(resourceType, version.id, consumer)}`,
          resource: this.#rewrite(version, consumer),
          search: { mode: "match" },
        })),
      }),
    });
  }

  #rewrite({ id, resource }: ResourceVersion, consumer: string): Resource {
    const { resourceType } = this.#options;
    const rewritten = parseExactly(resource, (reference) => this.#reference(reference, consumer));
    return { ...rewritten, id: this.#seal(resourceType, id, consumer) };
  }

  #reference(reference: string, consumer: string): string {
    const [, base, type, id, history = ""] = OWN_REFERENCE.exec(reference) ?? [];
    if (base === undefined || type === undefined || id === undefined) return reference;
    return `${base}${type}/${this.#seal(type, id, consumer)}${history}`;
  }

  #seal(resourceType: string, id: string, consumer: string): string {
    return sealReference(this.#options.referenceKey, { resourceType, id }, { consumer });
  }
}

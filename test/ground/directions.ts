/** Everything that a site is made of. */
const PARTS = [
  "schemas",
  "decision",
  "authentication",
  "web",
  "broker",
  "producers",
  "subscription-service",
  "consumers-example",
  "stand-ins",
  "deploy",
];

/** Which other top-level folders each may import (`docs/architecture.md`). A folder that is not here fails the tests. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  decision: ["schemas"],
  authentication: ["schemas"],
  web: ["schemas", "authentication"],
  broker: ["schemas"],
  producers: ["schemas", "decision", "authentication", "web", "broker"],
  "subscription-service": ["schemas", "decision", "authentication", "web", "broker"],
  "consumers-example": ["schemas"],
  "stand-ins": ["schemas"],
  deploy: ["schemas", "broker"],
  bench: PARTS,
  demo: PARTS,
  test: [...PARTS, "bench", "demo"],
};

/** The folders inside subscription-service: the pure one, and the adapters. */
export const INSIDE_SERVICE: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  http: ["domain"],
  streams: ["domain"],
  delivery: ["domain"],
};

/** Folders without I/O, and imports that they may not or may have. */
export const PURE: Readonly<Record<string, { refused: string[]; accepted: string[] }>> = {
  schemas: {
    refused: ["node:fs", "node:fs/promises", "node:net", "node:sqlite", "fastify", "pg", "undici"],
    accepted: ["node:crypto", "ajv", "typebox"],
  },
  decision: {
    refused: ["node:fs", "node:crypto", "node:timers", "@nats-io/jetstream", "fastify"],
    accepted: ["typebox"],
  },
  "subscription-service/domain": {
    refused: ["node:fs", "node:crypto", "@nats-io/jetstream", "fastify", "undici"],
    accepted: ["typebox"],
  },
};

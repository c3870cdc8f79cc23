import type { RouteOptions } from "fastify";

type KnownPath = { readonly pattern: RegExp; readonly methods: Set<string> };

export type AllowedMethods = {
  /** Takes note of a route. */
  add(route: Pick<RouteOptions, "url" | "method">): void;
  /** The methods that a path has a route for, sorted; none when the path is unknown. */
  at(path: string): string[];
};

/**
 * Which methods each path knows, so that a wrong one can be told apart from a wrong path (405 with
 * `Allow`, RFC 9110 section 15.5.6): the router itself only says that nothing was found.
 */
export function createAllowedMethods(): AllowedMethods {
  const known = new Map<string, KnownPath>();
  return {
    add({ url, method }) {
      const path = known.get(url) ?? { pattern: patternOf(url), methods: new Set() };
      for (const each of [method].flat()) path.methods.add(each);
      known.set(url, path);
    },
    at(path) {
      const methods = [...known.values()]
        .filter(({ pattern }) => pattern.test(path))
        .flatMap((found) => [...found.methods]);
      return [...new Set(methods)].toSorted();
    },
  };
}

/** A route's template as a pattern: `:name` stands for one segment, `*` for the rest. */
function patternOf(template: string): RegExp {
  const parts = template.split(/(::|:\w+|\*)/).map((part) => {
    if (part === "::") return ":";
    if (part === "*") return ".*";
    return part.startsWith(":") ? "[^/]+" : part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`);
}

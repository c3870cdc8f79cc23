import { type Composition, type Service } from "./composition.ts";

/** Where a composition shows or allows more than it is meant to, or listens elsewhere than it is asked. */
export function exposureFaults({ services }: Composition): string[] {
  const listening = Object.values(services).flatMap(portsOf);
  return Object.entries(services).flatMap(([name, service]) =>
    [
      ...containmentFaults(service),
      ...secretFaults(service),
      ...publishingFaults(service, listening),
      ...healthFaults(service),
    ].map((fault) => `${name}: ${fault}`),
  );
}

function containmentFaults(service: Service): string[] {
  const { image = "", build, user = "", cap_drop: dropped = [] } = service;
  return [
    ...(service.read_only === true ? [] : ["can write to its image"]),
    ...(dropped.includes("ALL") ? [] : ["keeps capabilities"]),
    ...(/^[1-9]\d*:[1-9]\d*$/.test(user) ? [] : ["runs as root"]),
    ...(service.privileged === undefined ? [] : ["is privileged"]),
    ...(build !== undefined || /:\d/.test(image) ? [] : [`${image} is not held to a version`]),
  ];
}

function secretFaults({ environment = {} }: Service): string[] {
  return Object.keys(environment)
    .filter((name) => /PASSWORD|SECRET|TOKEN|SEED|KEY/.test(name) && !name.endsWith("_FILE"))
    .map((name) => `${name} would be a secret in the file`);
}

/** Ports that a service listens on: those that its environment and its command name, and its image's own. */
function portsOf(service: Service): string[] {
  const named = Object.entries(service.environment ?? {}).filter(([name]) =>
    name.endsWith("_PORT"),
  );
  const own = { nats: ["4222"], postgres: ["5432"] }[service.image?.split(":")[0] ?? ""] ?? [];
  return [...named.map(([, port]) => port), ...(service.command ?? []), ...own];
}

function publishingFaults({ ports = [] }: Service, listening: readonly string[]): string[] {
  return ports.flatMap((text) => {
    const [host, outside, inside = ""] = text.split(":");
    return [
      ...(host === "127.0.0.1" ? [] : [`publishes ${text} beyond this machine`]),
      ...(outside === inside ? [] : [`publishes ${text} under another address than the parts use`]),
      ...(listening.includes(inside) ? [] : [`publishes ${text}, where nothing listens`]),
    ];
  });
}

function healthFaults(service: Service): string[] {
  const asked = (service.healthcheck?.test.join(" ") ?? "").matchAll(/(?::|--port=)(\d{4,5})/g);
  return [...asked]
    .filter(([, port = ""]) => !portsOf(service).includes(port))
    .map(([, port]) => `asks for its health at ${port}, where it does not listen`);
}

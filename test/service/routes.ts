import { newOrganisation, newPerson } from "../support/newcomers.ts";
import { agreement, measurementEvent, relationship } from "../support/story.ts";

const ID = "p".repeat(32);
const HANDLE = "a".repeat(32);
const CLOUDEVENT = "application/cloudevents+json";

/** A route of a tenant's API, with a request that is sound, and who may make it. */
export type Route = {
  method: string;
  path: string;
  template: string;
  roles: string[];
  body?: unknown;
  type?: string;
};

const consumer = newOrganisation();
const feed = { topics: ["plan"], delivery: { way: "feed" } };
export const block = { patient: newPerson(), scope: { kind: "everyone" } };
const related = relationship(consumer, newPerson());
const one = `/subscriptions/${ID}`;

/** All there are. What they name is not there, so that a request that is let in changes little. */
export const ROUTES: Route[] = [
  { method: "GET", path: "", template: "/", roles: ["administer", "subscribe", "publish"] },
  { method: "GET", path: "/agreements", template: "/agreements", roles: ["administer"] },
  ...["GET", "DELETE"].map((method) => ({
    method,
    path: `/agreements/${consumer}`,
    template: "/agreements/{consumer}",
    roles: ["administer"],
  })),
  {
    method: "PUT",
    path: `/agreements/${consumer}`,
    template: "/agreements/{consumer}",
    roles: ["administer"],
    body: agreement("plan"),
  },
  {
    method: "PUT",
    path: "/care-relationships/x",
    template: "/care-relationships/{id}",
    roles: ["administer"],
    body: related,
  },
  {
    method: "DELETE",
    path: "/care-relationships/x",
    template: "/care-relationships/{id}",
    roles: ["administer", "subscribe"],
  },
  {
    method: "PUT",
    path: "/blocks/x",
    template: "/blocks/{id}",
    roles: ["administer"],
    body: block,
  },
  { method: "DELETE", path: "/blocks/x", template: "/blocks/{id}", roles: ["administer"] },
  { method: "GET", path: "/subscriptions", template: "/subscriptions", roles: ["subscribe"] },
  {
    method: "POST",
    path: "/subscriptions",
    template: "/subscriptions",
    roles: ["subscribe"],
    body: feed,
  },
  ...["GET", "DELETE"].map((method) => ({
    method,
    path: one,
    template: "/subscriptions/{id}",
    roles: ["subscribe"],
  })),
  {
    method: "POST",
    path: `${one}/roster`,
    template: "/subscriptions/{id}/roster",
    roles: ["subscribe"],
    body: { patient: newPerson() },
  },
  {
    method: "PUT",
    path: `${one}/roster`,
    template: "/subscriptions/{id}/roster",
    roles: ["subscribe"],
    body: { patients: [] },
  },
  {
    method: "DELETE",
    path: `${one}/roster/${HANDLE}`,
    template: "/subscriptions/{id}/roster/{handle}",
    roles: ["subscribe"],
  },
  {
    method: "POST",
    path: `${one}/resume`,
    template: "/subscriptions/{id}/resume",
    roles: ["subscribe"],
  },
  {
    method: "GET",
    path: `${one}/events`,
    template: "/subscriptions/{id}/events",
    roles: ["subscribe"],
  },
  {
    method: "POST",
    path: "/events",
    template: "/events",
    roles: ["publish"],
    body: measurementEvent("312345013", newPerson()),
    type: CLOUDEVENT,
  },
];

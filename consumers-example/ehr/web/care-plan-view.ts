import { type Static, Type } from "typebox";
import { compileValidator } from "#schemas/strict-ajv";
import { conceptText, statusText } from "./clinical-codes.ts";
import { Annotations, Concept, ENTERED_IN_ERROR, NoModifiers, Period } from "./fhir-parts.ts";
import { html, type SafeHtml } from "./html.ts";
import { timeText } from "./norwegian.ts";

const { modifierExtension } = NoModifiers;

const Activity = Type.Object({
  modifierExtension,
  detail: Type.Optional(
    Type.Object({
      modifierExtension,
      doNotPerform: Type.Optional(Type.Boolean()),
      code: Type.Optional(Concept),
      status: Type.String(),
      description: Type.Optional(Type.String()),
      scheduledString: Type.Optional(Type.String()),
      scheduledPeriod: Type.Optional(Period),
      scheduledTiming: Type.Optional(Type.Object({ code: Type.Optional(Concept) })),
    }),
  ),
  reference: Type.Optional(Type.Object({ display: Type.Optional(Type.String()) })),
});
type Activity = Static<typeof Activity>;

/** What of an R4 CarePlan the page shows. */
const CarePlan = Type.Object({
  ...NoModifiers,
  resourceType: Type.Literal("CarePlan"),
  status: Type.String(),
  intent: Type.String(),
  title: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  category: Type.Optional(Type.Array(Concept)),
  period: Type.Optional(Period),
  activity: Type.Optional(Type.Array(Activity)),
  note: Annotations,
});
type CarePlan = Static<typeof CarePlan>;

/** How binding a plan is. */
const INTENT: Readonly<Record<string, string>> = {
  proposal: "Forslag",
  plan: "Plan",
  order: "Ordinert",
  option: "Alternativ",
};

const judge = compileValidator(CarePlan);

/** A plan with its activities, or nothing when it cannot be shown whole. */
export function carePlanView(resource: unknown): SafeHtml | undefined {
  const judged = judge(resource);
  return judged.valid ? view(judged.value) : undefined;
}

function view(plan: CarePlan): SafeHtml {
  if (plan.status === "entered-in-error") return ENTERED_IN_ERROR;
  const { activity = [], note = [] } = plan;
  return html`<h2>${titleOf(plan)}</h2>
    ${plan.description === undefined ? undefined : html`<p>${plan.description}</p>`}
    <dl>
      <dt>Status</dt>
      <dd>${statusText(plan.status)}</dd>
      <dt>Hensikt</dt>
      <dd>${INTENT[plan.intent] ?? plan.intent}</dd>
      ${
        plan.period === undefined
          ? undefined
          : html`<dt>Gjelder</dt>
              <dd>${periodText(plan.period)}</dd>`
      }
      ${note.map(
        ({ text }) =>
          html`<dt>Merknad</dt>
            <dd>${text}</dd>`,
      )}
    </dl>
    <h3>Aktiviteter</h3>
    ${activity.length === 0 ? html`<p>Planen har ingen aktiviteter.</p>` : activities(activity)}`;
}

function titleOf({ title, category }: CarePlan): string {
  const [first] = category ?? [];
  return title ?? (first === undefined ? "Plan" : conceptText(first));
}

function activities(list: readonly Activity[]): SafeHtml {
  return html`<div class="scroll" role="region" aria-label="Aktiviteter" tabindex="0">
    <table>
      <caption>
        Aktiviteter i planen
      </caption>
      <thead>
        <tr>
          <th scope="col">Hva</th>
          <th scope="col">Når</th>
          <th scope="col">Status</th>
        </tr>
      </thead>
      <tbody>
        ${list.map(activityRow)}
      </tbody>
    </table>
  </div>`;
}

function activityRow(activity: Activity): SafeHtml {
  const { detail } = activity;
  const forbidden = detail?.doNotPerform === true ? html`<strong>Skal ikke gjøres: </strong>` : "";
  return html`<tr>
    <th scope="row">${forbidden}${activityText(activity)}</th>
    <td>${whenText(detail)}</td>
    <td>${detail === undefined ? "" : statusText(detail.status)}</td>
  </tr>`;
}

const NOT_SHOWN = "Kan ikke vises her";

function activityText({ detail, reference }: Activity): string {
  const coded = detail?.code === undefined ? undefined : conceptText(detail.code);
  return detail?.description ?? coded ?? reference?.display ?? NOT_SHOWN;
}

function whenText(detail: Activity["detail"]): string {
  const { scheduledString, scheduledPeriod, scheduledTiming } = detail ?? {};
  if (scheduledString !== undefined) return scheduledString;
  if (scheduledPeriod !== undefined) return periodText(scheduledPeriod);
  if (scheduledTiming === undefined) return "";
  return scheduledTiming.code === undefined ? NOT_SHOWN : conceptText(scheduledTiming.code);
}

function periodText({ start, end }: Static<typeof Period>): string {
  const from = start === undefined ? "" : `fra ${timeText(start)}`;
  const to = end === undefined ? "" : `til ${timeText(end)}`;
  return `${from} ${to}`.trim();
}

import { Type } from "typebox";
import { html } from "./html.ts";

/** Parts of FHIR R4 resources that more than one view shows. */
export const Concept = Type.Object({
  text: Type.Optional(Type.String()),
  coding: Type.Optional(
    Type.Array(
      Type.Object({
        system: Type.Optional(Type.String()),
        code: Type.Optional(Type.String()),
        display: Type.Optional(Type.String()),
      }),
    ),
  ),
});

export const Reference = Type.Object({ display: Type.Optional(Type.String()) });

/** What may turn the meaning of a whole resource around, and is not understood, must not be there. */
export const NoModifiers = {
  modifierExtension: Type.Optional(Type.Never()),
  implicitRules: Type.Optional(Type.Never()),
};

export const Period = Type.Object({
  start: Type.Optional(Type.String()),
  end: Type.Optional(Type.String()),
});

export const Annotations = Type.Optional(Type.Array(Type.Object({ text: Type.String() })));

/** Shown in the place of what its author has called wrong. */
export const ENTERED_IN_ERROR = html`<p class="notice warning" role="status">
  Feilregistrert. Opplysningen skal ikke brukes, og vises ikke.
</p>`;

import { PATIENTS } from "#deploy/site/parties";

/** The samples are about her. All persons are synthetic: month + 80, valid control digits. */
export const KARI = PATIENTS.kari.identityNumber;
export const OLA = PATIENTS.ola.identityNumber;
/** A D-number: day + 40. */
export const DAO = "45886110018";
/** Control digits that do not fit. */
export const NOBODY = "14915110126";

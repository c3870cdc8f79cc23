import { describe, expect, test } from "vitest";
import { normaliseHtu, targetUri } from "#authentication/target-uri";

describe("the target that a proof must name", () => {
  test.each([
    ["https://api.example", "/things", "https://api.example/things"],
    ["https://api.example/", "/things", "https://api.example/things"],
    ["https://API.example:443/base/", "/things?after=1", "https://api.example/base/things"],
    ["http://127.0.0.1:8080", "/", "http://127.0.0.1:8080/"],
    ["https://api.example", "//other.example/x", "https://api.example//other.example/x"],
    ["https://api.example", "/a%2fb/%7euser/%41", "https://api.example/a%2Fb/~user/A"],
    ["https://api.example", "/fhir/$export/a.b/...", "https://api.example/fhir/$export/a.b/..."],
  ])("under %s, %s is %s", (externalUrl, target, expected) => {
    expect(targetUri(externalUrl, target)).toBe(expected);
  });

  test.each([
    "",
    "things",
    "https://api.example/things",
    "*",
    "/a/../b",
    "/a/./b",
    "/..",
    "/a/%2E%2e/b",
    "/a/.%2e",
    "/a\\b",
  ])("is none for a request of %j", (target) => {
    expect(targetUri("https://api.example", target)).toBeUndefined();
  });
});

describe("the proof's own target", () => {
  test.each([
    ["https://API.example:443/a", "https://api.example/a"],
    ["https://api.example/a%2fb/%7euser", "https://api.example/a%2Fb/~user"],
    ["https://api.example", "https://api.example/"],
    ["http://127.0.0.1:80/a/../b", "http://127.0.0.1/b"],
  ])("%s is read as %s", (htu, expected) => {
    expect(normaliseHtu(htu)).toBe(expected);
  });

  test.each([
    undefined,
    7,
    "",
    "/a",
    "ftp://api.example/a",
    "https://api.example/a?b=c",
    "https://api.example/a#b",
    "https://user@api.example/a",
    "https://:secret@api.example/a",
    "https:\\\\api.example/a",
    " https://api.example/a",
    "https://api.example/a\n",
  ])("%j is none", (htu) => {
    expect(normaliseHtu(htu)).toBeUndefined();
  });
});

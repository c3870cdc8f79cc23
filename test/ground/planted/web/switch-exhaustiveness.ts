type Way = "feed" | "webhook";

export function partial(way: Way): number {
  // fault below: typescript/switch-exhaustiveness-check
  switch (way) {
    case "feed":
      return 1;
  }
  return 2;
}

export function whole(way: Way): number {
  let number = 0;
  switch (way) {
    case "feed":
      number = 1;
      break;
    case "webhook":
      number = 2;
      break;
  }
  return number;
}

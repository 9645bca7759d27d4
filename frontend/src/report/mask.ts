// Numbers that name a person are masked in what is proposed for publishing, as kernel/masking.py does it.
const PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁使领学警港澳挂";
const IN_WORDS = new RegExp(
  [
    String.raw`(?<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)`,
    String.raw`(?<![0-9A-Za-z])(?<id>[1-9][0-9]{16}[0-9Xx])(?![0-9A-Za-z])`,
    String.raw`(?<![0-9])(?<phone>1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}|0[0-9]{2,3}[ -]?[0-9]{7,8})(?![0-9])`,
    `(?<plate>[${PROVINCES}][A-Z][·. -]?[A-Z0-9]{5,6}(?![A-Z0-9]))`,
  ].join("|"),
  "g",
);

const ends = (text: string, first: number, last: number): string =>
  text.slice(0, first) + "*".repeat(Math.max(0, text.length - first - last)) + text.slice(text.length - last);

export function maskNumbers(text: string): string {
  return text.replace(IN_WORDS, (...found: unknown[]) => {
    const groups = found[found.length - 1] as Record<string, string | undefined>;
    if (groups["mail"]) return "***";
    if (groups["id"]) return ends(groups["id"], 6, 4);
    if (groups["phone"]) return ends(groups["phone"].replace(/\D/g, ""), 3, 4);
    return ends(groups["plate"] ?? "", 2, 2);
  });
}

// The rules of passwords beside the field, marked while one types. The server decides; without scripts the rules
// are simply there to be read.

type Rule = (word: string, typed: { old: string; username: string; number: number }) => boolean | null;

const kinds = (word: string): number =>
  [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u].filter((kind) => kind.test(word)).length;

const reversed = (word: string): string => [...word].reverse().join("");

// null: only the server knows.
const RULES: Record<string, Rule> = {
  length: (word, { number }) => [...word].length >= number,
  kinds: (word, { number }) => kinds(word) >= number,
  username: (word, { username, number }) => {
    const name = username.toLowerCase();
    const typed = word.toLowerCase();
    if (name.length < number) return true;
    return !(typed.includes(name) || typed.includes(reversed(name)) || name.includes(typed));
  },
  old: (word, { old }) => word !== old,
};

function startPasswordRules(form: HTMLFormElement): void {
  const list = form.querySelector<HTMLUListElement>(".password-rules");
  const field = form.querySelector<HTMLInputElement>("input[name=new_password]");
  const old = form.querySelector<HTMLInputElement>("input[name=old_password]");
  if (!list || !field) return;
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${list.id}`.trim());
  const mark = (): void => {
    for (const item of list.querySelectorAll<HTMLLIElement>("li")) {
      const rule = RULES[item.dataset["rule"] ?? ""];
      const number = Number(item.dataset["number"]);
      const username = form.dataset["username"] ?? "";
      const met = rule && field.value ? rule(field.value, { old: old?.value ?? "", username, number }) : null;
      const words = item.querySelector(".sr-only");
      if (met === null) {
        delete item.dataset["state"];
      } else {
        item.dataset["state"] = met ? "met" : "unmet";
      }
      if (words) words.textContent = met === null ? "" : `（${(met ? list.dataset["met"] : list.dataset["unmet"]) ?? ""}）`;
    }
  };
  field.addEventListener("input", mark);
  old?.addEventListener("input", mark);
  mark(); // what was typed before this script came
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-password]")) startPasswordRules(form);

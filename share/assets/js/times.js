// Times in the reader's language and zone: relative in lists, exact on a picture's page.

const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });

const steps = [
  { unit: "minute", seconds: 60, below: 3600 },
  { unit: "hour", seconds: 3600, below: 86400 },
  { unit: "day", seconds: 86400, below: 7 * 86400 },
];

/** What a list says about a moment: "5 minutes ago", or the date when it is a week ago. */
export function relativeText(moment, now) {
  const age = Math.max(0, (now - moment) / 1000);
  if (age < 60) return relative.format(0, "second");
  const step = steps.find(({ below }) => age < below);
  return step ? relative.format(-Math.floor(age / step.seconds), step.unit) : day.format(moment);
}

/** Rewrites every `<time>` inside `root` that asks for it. */
export function localizeTimes(root = document) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[data-relative], time[data-local]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.title = exact.format(moment);
    time.textContent =
      time.dataset.relative === undefined ? exact.format(moment) : relativeText(moment, now);
  }
}

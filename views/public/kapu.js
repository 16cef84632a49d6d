// Help for those whose browser runs scripts. Every page works without this file.

const actions = {
  print: () => window.print(),

  async copy(button) {
    const text = document.getElementById(button.getAttribute('aria-controls')).textContent.trim();
    await navigator.clipboard.writeText(text);
    document.getElementById('copied').textContent = button.dataset.done;
  },

  'toggle-password'(button) {
    const field = document.getElementById(button.getAttribute('aria-controls'));
    const show = field.type === 'password';
    field.type = show ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(show));
  },
};

for (const button of document.querySelectorAll('[data-do]')) {
  const possible = button.dataset.do !== 'copy' || navigator.clipboard;
  if (!possible) continue;
  button.hidden = false;
  button.addEventListener('click', () => actions[button.dataset.do](button));
}

/** A second tap would send a code again that the first one has just spent. */
for (const form of document.querySelectorAll('form')) {
  let sentAt = Number.NEGATIVE_INFINITY;
  form.addEventListener('submit', (event) => {
    if (event.timeStamp - sentAt < 2000) return event.preventDefault();
    sentAt = event.timeStamp;
    for (const shown of form.querySelectorAll('[aria-pressed="true"]')) shown.click();
  });
}

/** Codes change every 30 seconds by the server's clock, which `data-now` tells; else by this device's. */
for (const clock of document.querySelectorAll('[data-clock]')) {
  const ahead = clock.dataset.now ? Number(clock.dataset.now) - Date.now() : 0;
  const seconds = clock.querySelector('[data-seconds]');
  const bar = clock.querySelector('progress');
  const tick = () => {
    const left = 30 - (Math.floor((Date.now() + ahead) / 1000) % 30);
    seconds.textContent = String(left);
    bar.value = left;
  };
  tick();
  setInterval(tick, 1000);
  clock.hidden = false;
}

/** Two minutes before the session ends it says so. Another tab may have renewed it, so the server is asked first. */
for (const warning of document.querySelectorAll('[data-session-left]')) {
  const WARN_SECONDS = 120;
  const RETRY_SECONDS = 10;
  let timer;

  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(1, seconds) * 1000);
  };
  const ask = async (address, options) => {
    const headers = { accept: 'application/json' };
    const response = await fetch(address, { ...options, headers, cache: 'no-store' });
    if (!response.ok) throw new Error(response.statusText);
    return response.json();
  };
  const show = ({ secondsLeft, final }) => {
    // What is on the screen is not for whoever comes by next; the page itself says what happened.
    if (secondsLeft <= 0) return location.assign(location.pathname);
    const near = secondsLeft <= WARN_SECONDS;
    for (const form of warning.querySelectorAll('form')) {
      form.hidden = !near || (form.dataset.ending === 'final') !== final;
    }
    later(near ? secondsLeft + 1 : secondsLeft - WARN_SECONDS);
  };
  const look = () => ask(warning.dataset.sessionLeft).then(show, () => later(RETRY_SECONDS));

  warning.querySelector('[data-ending="idle"]').addEventListener('submit', (event) => {
    event.preventDefault();
    const form = event.target;
    const body = new URLSearchParams(new FormData(form));
    ask(form.action, { method: 'post', body }).then(show, () => form.submit());
  });
  // A computer that slept has not counted.
  document.addEventListener('visibilitychange', () => document.hidden || look());
  later(Number(warning.dataset.seconds) - WARN_SECONDS);
}

document.querySelector('[data-focus]')?.focus();
document.querySelector('form[data-send-on]')?.requestSubmit();

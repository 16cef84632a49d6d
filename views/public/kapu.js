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

document.querySelector('[data-focus]')?.focus();
document.querySelector('form[data-send-on]')?.requestSubmit();

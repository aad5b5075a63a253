/* Shows exact times in the reader's time zone. Everything else works without a script. */

const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

for (const time of document.querySelectorAll('time[data-exact]')) {
  time.title = time.textContent
  time.textContent = format.format(new Date(time.dateTime))
}

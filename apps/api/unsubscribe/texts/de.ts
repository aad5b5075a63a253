import type { PageTexts } from './texts.ts'

export const de: PageTexts = {
  lang: 'de',
  dir: 'ltr',
  unsubscribeFrom: (category) => `„${category}“ abbestellen?`,
  notSubscribed: (category) => `„${category}“ ist abbestellt.`,
  unsubscribed: (category) => `Sie haben „${category}“ abbestellt.`,
  onItsWay: 'Eine Nachricht, die schon unterwegs ist, kann noch ankommen.',
  subscribed: (category) => `Sie erhalten „${category}“ wieder.`,
  required: (category) => `„${category}“ lässt sich nicht abbestellen.`,
  requiredWhy:
    'Diese Nachrichten erhalten alle, weil sie notwendig sind, zum Beispiel Rechnungen oder Sicherheitscodes.',
  allOff: 'Sie haben alle freiwilligen Nachrichten abbestellt.',
  allOffThrough: (sender) => `Sie haben alle freiwilligen Nachrichten über diesen Weg abbestellt: ${sender}.`,
  saved: 'Ihre Auswahl ist gespeichert.',
  undone: 'Ihre vorherige Auswahl gilt wieder.',
  sentTo: (address) => `Für ${address}`,
  buttons: {
    unsubscribe: 'Abbestellen',
    allOff: 'Alles Freiwillige abbestellen',
    resubscribe: 'Wieder abonnieren',
    undo: 'Rückgängig machen',
    save: 'Auswahl speichern',
  },
  choose: 'Welche Nachrichten möchten Sie erhalten?',
  alwaysOn: 'Immer an',
  nothingToChoose: 'Hier gibt es nichts auszuwählen.',
  erased: 'Sie erhalten keine Nachrichten mehr.',
  erasedWhy: 'Ihre Daten wurden hier gelöscht. Es gibt nichts mehr abzubestellen.',
  brokenLink: 'Dieser Link funktioniert nicht.',
  brokenLinkWhy:
    'Vielleicht ist er unvollständig. Öffnen Sie ihn noch einmal aus der Nachricht, oder kopieren Sie die ganze Adresse.',
  failed: 'Das hat nicht geklappt.',
  failedWhy: 'Es wurde nichts geändert. Bitte versuchen Sie es in einigen Minuten noch einmal.',
  tooMany: 'Zu viele Anfragen.',
  tooManyWhy: 'Es wurde nichts geändert. Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.',
  senders: { sendmail: 'E-Mail', sendsms: 'SMS', sendpush: 'Push-Mitteilungen', sendrealtime: 'In der App' },
}

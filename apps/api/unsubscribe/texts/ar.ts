import type { PageTexts } from './texts.ts'

/** Keeps the direction of a name from changing that of the sentence: Unicode's isolates. */
function isolated(text: string): string {
  return `\u2068${text}\u2069`
}

export const ar: PageTexts = {
  lang: 'ar',
  dir: 'rtl',
  unsubscribeFrom: (category) => `هل تريد إلغاء الاشتراك في «${isolated(category)}»؟`,
  notSubscribed: (category) => `أنت غير مشترك في «${isolated(category)}».`,
  unsubscribed: (category) => `تم إلغاء اشتراكك في «${isolated(category)}».`,
  onItsWay: 'قد تصلك رسالة أُرسلت بالفعل قبل الإلغاء.',
  subscribed: (category) => `تم تجديد اشتراكك في «${isolated(category)}».`,
  required: (category) => `لا يمكن إيقاف «${isolated(category)}».`,
  requiredWhy: 'تصل هذه الرسائل إلى الجميع لأنها ضرورية، مثل الفواتير أو رموز الأمان.',
  allOff: 'تم إلغاء اشتراكك في جميع الرسائل الاختيارية.',
  allOffThrough: (sender) => `تم إلغاء اشتراكك في جميع الرسائل الاختيارية عبر: ${isolated(sender)}.`,
  saved: 'تم حفظ اختياراتك.',
  undone: 'تمت استعادة اختياراتك السابقة.',
  sentTo: (address) => `إلى ${isolated(address)}`,
  buttons: {
    unsubscribe: 'إلغاء الاشتراك',
    allOff: 'إلغاء جميع الرسائل الاختيارية',
    resubscribe: 'الاشتراك من جديد',
    undo: 'تراجع',
    save: 'حفظ الاختيارات',
  },
  choose: 'اختر الرسائل التي تريد تلقيها',
  alwaysOn: 'مفعّلة دائمًا',
  nothingToChoose: 'لا يوجد ما يمكن اختياره هنا.',
  erased: 'لن تصلك أي رسائل بعد الآن.',
  erasedWhy: 'تم حذف بياناتك هنا، فلم يعد هناك ما يمكن إلغاء الاشتراك فيه.',
  brokenLink: 'هذا الرابط لا يعمل.',
  brokenLinkWhy: 'ربما يكون الرابط غير مكتمل. افتحه من الرسالة مرة أخرى أو انسخ العنوان كاملًا.',
  failed: 'حدث خطأ ما.',
  unchanged: 'لم يتغير أي شيء.',
  failedWhy: 'لم يتغير أي شيء. يُرجى المحاولة مرة أخرى بعد بضع دقائق.',
  tooMany: 'عدد الطلبات كبير جدًا.',
  tooManyWhy: 'لم يتغير أي شيء. يُرجى الانتظار دقيقة ثم المحاولة مرة أخرى.',
  senders: {
    sendmail: 'البريد الإلكتروني',
    sendsms: 'الرسائل النصية',
    sendpush: 'الإشعارات',
    sendrealtime: 'داخل التطبيق',
  },
}

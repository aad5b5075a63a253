/** How a service's webhook URLs look, so that a link that was copied by mistake is refused. */
export interface WebhookRule {
  host: RegExp
  path: RegExp
  /** What the token must be, and where it is copied from. */
  must: string
  /** Hosts whose URLs have worked once, with what to do instead. */
  ended?: { host: RegExp; instead: string }
}

/**
 * Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; workflows and triggers are those of
 * Workflow Builder.
 */
export const slackWebhook: WebhookRule = {
  host: /^hooks\.slack(?:-gov)?\.com$/,
  path: /^\/(?:services|workflows|triggers)\/.+/,
  must: 'the URL of an incoming webhook, https://hooks.slack.com/services/…, as the page "Incoming Webhooks" of your Slack app shows it, or the id of a channel or user',
}

/** https://docs.discord.com/developers/resources/webhook#execute-webhook; test versions of Discord have hosts of their own. */
export const discordWebhook: WebhookRule = {
  host: /^(?:(?:canary|ptb)\.)?discord(?:app)?\.com$/,
  path: /^\/api(?:\/v\d+)?\/webhooks\/\d+\/[\w-]+\/?$/,
  must: 'the URL of a webhook, https://discord.com/api/webhooks/…: copy it in the settings of the channel, under Integrations, Webhooks',
}

/**
 * Workflows are Logic Apps, whose hosts differ by region and by government:
 * https://learn.microsoft.com/en-us/power-automate/ip-address-configuration. Connectors have ended:
 * https://devblogs.microsoft.com/microsoft365dev/retirement-of-office-365-connectors-within-microsoft-teams/.
 */
export const teamsWebhook: WebhookRule = {
  host: /\.(?:logic\.azure\.(?:com|us|cn)|powerplatform\.(?:com|microsoft\.us|partner\.microsoftonline\.cn)|api\.appsplatform\.us)$/,
  path: /\/workflows\/.+/,
  must: 'the URL of a workflow, at logic.azure.com or powerplatform.com: in Teams, open Workflows in the menu of the channel, choose "Send webhook alerts", and copy its URL',
  ended: {
    host: /(?:^|\.)(?:webhook|outlook)\.office(?:365)?\.com$/,
    instead:
      'is the URL of an Office 365 connector, which Microsoft has ended: in Teams, open Workflows in the menu of the channel, choose "Send webhook alerts", and copy its URL',
  },
}

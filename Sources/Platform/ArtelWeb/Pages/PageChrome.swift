import ArtelIdentifiers
import Mustache

/// What every page shows around its own content: who is signed in, language, theme, message,
/// assets.
struct PageChrome: MustacheParent {
  let contents: Share.Contents
  let context: WebContext
  let site: Site
  let section: String?
  let form: FormDraft?
  let flash: Flash?
  let encoder: ViewEncoder

  func child(named name: String) -> Any? {
    switch name {
    case "t": TranslatedPlace(contents.strings, language: context.language)
    case "asset": AssetPlace(assets: contents.assets, strings: contents.strings)
    case "form": form.map { encoder.encode($0.view(in: context.language, from: contents.strings)) }
    default: value(named: name).map(encoder.encode)
    }
  }

  private func value(named name: String) -> ViewValue? {
    switch name {
    case "lang": .text(context.language.rawValue)
    case "languages": .list(Language.allCases.map(view))
    case "theme": .text(context.theme.rawValue)
    case "themes": .list(Theme.allCases.map(view))
    case "theme_is": .object([context.theme.rawValue: true])
    case "member": context.principal.map(view) ?? ViewValue.none
    case "csrf_token": .text(context.crossSiteToken)
    case "answers_form": .flag(context.isForm)
    case "path": .text(String(context.target.prefix { $0 != "?" }))
    case "return_to": .text(context.target)
    case "at": .object(section.map { [$0: true] } ?? [:])
    case "flash": flash?.view(in: context.language, from: contents.strings) ?? ViewValue.none
    case "request_id": .text(context.requestID)
    case "site_url": .text(site.address(host: context.host))
    case "page_url": .text(site.address(host: context.host) + context.target)
    case "form_error": form?.errorView(in: context.language, from: contents.strings)
    case "form_errors": form?.errorsView(in: context.language, from: contents.strings)
    default: nil
    }
  }

  private func view(_ language: Language) -> ViewValue {
    [
      "code": .text(language.rawValue), "name": .text(language.ownName),
      "is_current": .flag(language == context.language),
    ]
  }

  private func view(_ theme: Theme) -> ViewValue {
    ["code": .text(theme.rawValue), "is_current": .flag(theme == context.theme)]
  }

  private func view(_ member: Principal) -> ViewValue {
    let displayName = member.profile?.displayName ?? ""
    let unread = member.profile?.unreadNotices ?? 0
    return [
      "id": .text(member.memberID.description),
      "username": .text(member.profile?.username ?? ""),
      "display_name": .text(displayName),
      "is_administrator": .flag(member.isAdministrator),
      "is_moderator": .flag(member.isModerator),
      "portrait": ViewValue(
        reflecting: Portrait(
          of: member.memberID,
          named: displayName,
          picture: member.profile?.picture
        )
      ),
      "unread": unread == 0 ? .none : .text(unread > 99 ? "99+" : "\(unread)"),
      "departs_at": (member.profile?.departsAt).map(ViewValue.date) ?? .none,
      "live_position": (member.profile?.livePosition).map(ViewValue.text) ?? .none,
    ]
  }
}

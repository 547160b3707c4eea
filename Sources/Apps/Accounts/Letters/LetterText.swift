import ArtelPostgres
import ArtelWeb

/// A letter as people read it.
struct LetterText: Sendable {
  let subject: String
  let plain: String
  let html: String

  /// Writes a letter in its language.
  ///
  /// It never says what others chose, such as names: whoever signs up with a stranger's address could
  /// otherwise have any words sent there. Only administrators' reasons are told.
  init(_ letter: Letter, _ kind: LetterKind, _ secret: LetterSecret, _ post: Correspondence) {
    let language = Language(rawValue: letter.language) ?? .english
    var values = letter.knownFacts
    var link: String?
    values["site"] = post.wording("site.name", [:], language)
    values["host"] = post.host
    values["url"] = post.siteURL
    switch secret {
    case .nothing: break
    case .code(let code): values["code"] = code
    case .link(let address):
      link = address
      values["link"] = address
    }
    let key = "letters.\(kind.name)"
    let body = post.wording("\(key).text", values, language)
    let footer = kind.channel == .mail ? post.wording("letters.footer", values, language) : nil
    subject = kind.channel == .mail ? post.wording("\(key).subject", values, language) : ""
    plain = [body, footer.map { "--\u{20}\n\($0)" }].compactMap { $0 }.joined(separator: "\n\n")
    let action = link.map { _ in post.wording("\(key).action", values, language) }
    html = Self.document(
      body: body.split(separator: "\n\n").map(String.init),
      footer: footer ?? "",
      language: language,
      link: link.flatMap { link in action.map { (link, $0) } }
    )
  }

  /// A document without pictures, scripts or style sheets, which mail programs drop or ask about.
  private static func document(
    body: [String],
    footer: String,
    language: Language,
    link: (address: String, action: String)?
  ) -> String {
    let paragraphs = body.map { text in
      guard let link, text == link.address else { return "<p>\(escaped(text))</p>" }
      let address = escaped(link.address)
      return """
        <p><a href="\(address)" style="display:inline-block;padding:12px 20px;border-radius:8px;\
        background:#0d5c46;color:#ffffff;text-decoration:none;font-weight:600">\
        \(escaped(link.action))</a></p>
        <p style="color:#5c6660;font-size:13px;word-break:break-all">\(address)</p>
        """
    }
    return """
      <!doctype html>
      <html lang="\(language.rawValue)">
      <head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>
      <body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif">
      <div style="max-width:36em;margin:0 auto">
      \(paragraphs.joined(separator: "\n"))
      <p style="color:#5c6660;font-size:13px">\(escaped(footer))</p>
      </div>
      </body>
      </html>
      """
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("\n", with: "<br>")
  }
}

extension Letter {
  /// What the text needs, by name.
  fileprivate var knownFacts: [String: String] {
    guard case .object(let values)? = try? JSONValue(parsing: facts.text.utf8) else { return [:] }
    return values.compactMapValues { value in
      guard case .string(let text) = value else { return nil }
      return text
    }
  }
}

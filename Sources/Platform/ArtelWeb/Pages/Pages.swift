public import HTTPTypes
public import Hummingbird
import Logging
import NIOCore

/// Makes pages of templates.
public struct Pages: Sendable {
  let share: Share
  let site: Site

  /// Makes pages from the templates, texts and assets of a share.
  public init(share: Share, site: Site) {
    self.share = share
    self.site = site
  }

  /// The address of the site as the caller uses it, such as `https://artel.example`.
  public func siteAddress(for context: WebContext) -> String {
    site.address(host: context.host)
  }

  /// Answers with a page.
  ///
  /// - Parameters:
  ///   - template: Its name, such as `posts/show`.
  ///   - model: A struct whose stored properties the template sees in snake_case (``ViewValue``),
  ///     or `ViewValue`.
  ///   - section: The part of the site it belongs to, for `at.<section>`.
  ///   - form: The form it shows.
  ///   - status: Default 200, or 422 when the form is refused.
  ///   - context: The request's context.
  /// - Returns: The page.
  /// - Throws: ``Problem`` of kind `internal` when there is no such template.
  public func render(
    _ template: String,
    _ model: some Sendable = ViewValue.object([:]),
    section: String? = nil,
    form: FormDraft? = nil,
    status: HTTPResponse.Status? = nil,
    context: WebContext
  ) async throws -> Response {
    await share.refresh()
    let contents = share.contents
    let encoder = ViewEncoder(language: context.language, strings: contents.strings)
    let flash = context.cookies[.flash].flatMap(Flash.init(cookie:))
    let chrome = PageChrome(
      contents: contents,
      context: context,
      site: site,
      section: section,
      form: form,
      flash: flash,
      encoder: encoder
    )
    guard case .object(let members) = ViewValue(reflecting: model) else {
      preconditionFailure("The model of a page must be a struct or an object.")
    }
    let root = PageRoot(model: ViewObject(members: members, encoder: encoder), chrome: chrome)
    guard let html = contents.templates.render(template, root) else {
      context.logger.error("A template is missing.", metadata: ["template": "\(template)"])
      throw Problem(.internalError)
    }
    if flash != nil { context.setCookie(.expired(.flash)) }
    return Response(
      status: status ?? (form?.isValid == false ? .unprocessableContent : .ok),
      headers: [
        .contentType: "text/html; charset=utf-8",
        .cacheControl: CachePolicy.revalidated.headerValue,
      ],
      body: ResponseBody(byteBuffer: ByteBuffer(string: html))
    )
  }
}

import Mustache

/// The templates of pages, compiled.
struct TemplateLibrary: Sendable {
  private let library: MustacheLibrary

  static let empty = TemplateLibrary(library: MustacheLibrary())

  private init(library: MustacheLibrary) {
    self.library = library
  }

  /// Compiles templates by name, such as `posts/show`.
  ///
  /// - Throws: ``TemplateError`` with the file and line of a syntax error.
  init(templates: [String: String]) throws(TemplateError) {
    var library = MustacheLibrary()
    for (name, text) in templates {
      do {
        try library.register(
          Self.withDottedNames(Self.withoutTagIndentation(text)),
          named: Self.dotted(name)
        )
      } catch let error as MustacheTemplate.ParserError {
        throw TemplateError(
          template: name,
          reason: "line \(error.context.lineNumber): \(error.error)"
        )
      } catch {
        throw TemplateError(template: name, reason: "\(error)")
      }
    }
    self.library = library
  }

  /// Removes the white space before partials, layouts and blocks that stand alone on a line.
  ///
  /// The engine would indent every line of what they write by it, which costs time and changes the
  /// text in `<textarea>` and `<pre>`.
  private static func withoutTagIndentation(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let trimmed = line.drop { $0 == " " || $0 == "\t" }
      let isTag = ["{{>", "{{<", "{{$", "{{/"].contains { trimmed.hasPrefix($0) }
      return isTag ? trimmed : line
    }.joined(separator: "\n")
  }

  /// Writes the names of partials and layouts with dots between folders.
  ///
  /// The engine takes `{{<parts/field}}`, but in its closing tag no slash.
  private static func withDottedNames(_ text: String) -> String {
    text.replacing(/(\{\{\s*[<>\/])([^}]*)\}\}/) { tag in
      tag.1 + dotted(tag.2) + "}}"
    }
  }

  private static func dotted(_ name: some StringProtocol) -> String {
    String(name.map { $0 == "/" ? "." : $0 })
  }

  /// The page, or nil when there is no such template.
  func render(_ name: String, _ root: PageRoot) -> String? {
    library.render(root, withTemplate: Self.dotted(name))
  }
}

/// What is wrong with a template.
public struct TemplateError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The name of the template.
  public var template: String
  /// What is wrong with it.
  public var reason: String
  /// The template and the reason.
  public var description: String { "The template \(template) is wrong: \(reason)." }
}

/// What a template sees: the model of the page, and around it the chrome.
struct PageRoot: MustacheParent {
  let model: ViewObject
  let chrome: PageChrome

  func child(named name: String) -> Any? {
    model.child(named: name) ?? chrome.child(named: name)
  }
}

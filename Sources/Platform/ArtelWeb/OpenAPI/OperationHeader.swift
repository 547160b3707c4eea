/// A header that an operation reads or answers with, as the document of the API names it.
public struct OperationHeader: Sendable {
  let name: String
  let text: String
  let schema: JSONTree
  let isRequired: Bool

  /// A header with a text, such as `Upload-Metadata`.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - text: What it says, in Markdown.
  ///   - pattern: An ECMA-262 regular expression of the whole text; nil for any text.
  ///   - maxLength: Most characters; nil for as many as a header may have.
  ///   - isRequired: Whether it is always there; default no.
  /// - Returns: The header.
  public static func text(
    _ name: String,
    _ text: String,
    pattern: String? = nil,
    maxLength: Int? = nil,
    isRequired: Bool = false
  ) -> OperationHeader {
    OperationHeader(
      name: name,
      text: text,
      schema: .members([
        "type": "string", "pattern": pattern.map(JSONTree.text),
        "maxLength": maxLength.map(JSONTree.integer),
      ]),
      isRequired: isRequired
    )
  }

  /// The largest number that every client can say: 2⁵³ − 1.
  public static let largestNumber = 1 << 53 - 1

  /// A header with a whole number from 0 to ``largestNumber``.
  public static func number(
    _ name: String,
    _ text: String,
    isRequired: Bool = false
  ) -> OperationHeader {
    OperationHeader(
      name: name,
      text: text,
      schema: ["type": "integer", "minimum": 0, "maximum": .integer(largestNumber)],
      isRequired: isRequired
    )
  }

  /// The header of an answer.
  var tree: JSONTree {
    ["description": .text(text), "required": .flag(isRequired), "schema": schema]
  }

  /// The header as a parameter of a request.
  var parameter: JSONTree {
    [
      "name": .text(name), "in": "header", "required": .flag(isRequired),
      "description": .text(text), "schema": schema,
    ]
  }
}

import Foundation

/// A file that sets up a program to use an app with an API token, which is in the file.
public struct ProgramSetup: Sendable {
  /// What the program is called in every language.
  public let program: String
  /// What its token has to allow.
  public let scope: TokenScope
  /// What the file is called.
  public let fileName: String
  private let content: @Sendable (_ site: String, _ token: String) -> [UInt8]

  /// Describes a file; `content` makes it of the address of the site, without a slash at its end, and
  /// the text of a token.
  public init(
    _ program: String,
    needs scope: TokenScope,
    fileName: String,
    content: @escaping @Sendable (_ site: String, _ token: String) -> [UInt8]
  ) {
    self.program = program
    self.scope = scope
    self.fileName = fileName
    self.content = content
  }

  /// The file in the form of a `data:` address, which a page can link to, so that the token is sent
  /// once and kept nowhere.
  public func address(site: String, token: String) -> String {
    "data:application/octet-stream;base64,\(Data(content(site, token)).base64EncodedString())"
  }
}

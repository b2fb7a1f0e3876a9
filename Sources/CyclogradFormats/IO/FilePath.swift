import Foundation

/// What paths of files say without a look into the files.
package enum FilePath {
  /// The same for all paths that lead to one place, whether or not there is a file.
  package static func canonical(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
  }
}

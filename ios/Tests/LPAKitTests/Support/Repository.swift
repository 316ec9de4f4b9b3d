import Foundation

/// The folder in which the whole project is.
let repository = (1...5).reduce(URL(fileURLWithPath: #filePath)) { folder, _ in folder.deletingLastPathComponent() }

import LPAKit
import LPAKitSandbox
import XCTest

/// Activation codes from text and pictures.
final class CodeTests: XCTestCase {
    private let text = "LPA:1$smdp.example.com$TOKEN-1$1.3.6.1.4.1.31746$1"

    func testReadsACode() throws {
        let code = try ActivationCode(text)
        XCTAssertEqual(code.address, "smdp.example.com")
        XCTAssertEqual(code.matchingID.value, "TOKEN-1")
        XCTAssertEqual(code.oid, "1.3.6.1.4.1.31746")
        XCTAssert(code.confirmationCodeRequired)
        XCTAssertEqual(code.qrText, text)
        XCTAssertEqual(code, try ActivationCode("LPA:1$SMDP.example.com$TOKEN-1$1.3.6.1.4.1.31746$1"))
        XCTAssertNotEqual(code, try ActivationCode("LPA:1$smdp.example.com$TOKEN-2"))
        XCTAssertEqual(try ActivationCode.find(in: "Your eSIM: \(text) . Enjoy!"), code)
        let parts = try ActivationCode(address: "smdp.example.com", matchingID: MatchingID("TOKEN-2"))
        XCTAssertEqual(parts, try ActivationCode("LPA:1$smdp.example.com$TOKEN-2"))
    }

    func testWhatIsNoCodeIsAnErrorOfInput() {
        for wrong in ["", "hello", "https://example.com", "LPA:1$", "LPA:1$smdp.example.com:8443$A"] {
            do { XCTFail("\(try ActivationCode(wrong)) was taken") } catch { XCTAssertEqual(error.kind, .input) }
        }
        XCTAssertNoThrow(try ActivationCode("LPA:1$smdp.example.com:8443$A", allowTestServers: true))
        XCTAssertEqual(failed { try ActivationCode.find(in: "nothing here") }.prefix(16), "activation_code.")
    }

    func testScansAFrameInPlace() throws {
        let stage = try SandboxStage()
        let frame = try stage.frame(showing: text)
        let code = try ActivationCode.scan(
            plane: frame.data, width: frame.width, height: frame.height, rowStride: frame.rowStride,
            pixelStride: frame.pixelStride)
        XCTAssertEqual(code, try ActivationCode(text))
        // A slice does not begin at index 0.
        let slice = (Data(count: 7) + frame.data).dropFirst(7)
        let again = try slice.withUnsafeBytes { plane in
            try ActivationCode.scan(
                plane: plane, width: frame.width, height: frame.height, rowStride: frame.rowStride,
                pixelStride: frame.pixelStride)
        }
        XCTAssertEqual(again, code)
    }

    func testPlanesThatCannotBeAreErrors() throws {
        let plane = Data(repeating: 255, count: 100 * 100)
        let sizes = [
            (100, 100, 99, 1), (100, 101, 100, 1), (100, 100, 100, 2), (0, 0, 0, 0), (-1, 100, 100, 1),
            (Int.max, Int.max, Int.max, 1), (100, 100, 100, 0),
        ]
        for (width, height, row, pixel) in sizes {
            let key = failed {
                try ActivationCode.scan(plane: plane, width: width, height: height, rowStride: row, pixelStride: pixel)
            }
            XCTAssert(key.hasPrefix("qr."), "\((width, height, row, pixel)): \(key)")
        }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let key = failed { try ActivationCode.scan(plane: nothing, width: 1, height: 1, rowStride: 1) }
        XCTAssert(key.hasPrefix("qr."), key)
        let white = failed { try ActivationCode.scan(plane: plane, width: 100, height: 100, rowStride: 100) }
        XCTAssert(white.hasPrefix("qr."), white)
    }

    func testAPictureOfACodeCanBeScanned() throws {
        let picture = try QRPicture(of: text)
        let (scale, margin) = (4, 4)
        let side = (picture.side + 2 * margin) * scale
        var plane = Data(repeating: 255, count: side * side)
        for y in 0..<side {
            for x in 0..<side where picture.isDark(column: x / scale - margin, row: y / scale - margin) {
                plane[y * side + x] = 0
            }
        }
        let code = try ActivationCode.scan(plane: plane, width: side, height: side, rowStride: side)
        XCTAssertEqual(code, try ActivationCode(text))
        XCTAssertEqual(failed { try QRPicture(of: String(repeating: "A", count: 10_000)) }, "qr.too_long")
        XCTAssertFalse(picture.isDark(column: -1, row: picture.side))
    }
}

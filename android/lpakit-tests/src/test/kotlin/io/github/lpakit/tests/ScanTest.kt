package io.github.lpakit.tests

import io.github.lpakit.ActivationCode
import io.github.lpakit.ErrorKind
import io.github.lpakit.sandbox.CameraPlane
import org.junit.Assert.assertEquals
import org.junit.Test
import java.nio.ByteBuffer

class ScanTest {
    private val text = "LPA:1\$smdp.example\$TOKEN"

    private fun plane(block: (CameraPlane) -> Unit) = scene { block(stage.qrPlane(text)) }

    private fun CameraPlane.scan(
        data: ByteBuffer = this.data,
        width: Int = this.width,
        height: Int = this.height,
        rowStride: Int = this.rowStride,
        pixelStride: Int = this.pixelStride,
    ) = ActivationCode.scan(data, width, height, rowStride, pixelStride)

    @Test
    fun aPlaneIsReadFromAnyBuffer() = plane { plane ->
        assertEquals(text, plane.scan().toQrText())
        val size = plane.data.remaining()
        val octets = ByteArray(size).also { plane.data.duplicate().get(it) }
        assertEquals("on the heap", text, plane.scan(ByteBuffer.wrap(octets)).toQrText())
        assertEquals("read only", text, plane.scan(ByteBuffer.wrap(octets).asReadOnlyBuffer()).toQrText())
        for (direct in listOf(true, false)) {
            val larger = if (direct) ByteBuffer.allocateDirect(size + 999) else ByteBuffer.allocate(size + 999)
            larger.position(777)
            larger.put(octets).limit(777 + size).position(777)
            assertEquals("not from its start", text, plane.scan(larger).toQrText())
            assertEquals("as it was", 777, larger.position())
        }
    }

    @Test
    fun measuresThatDoNotFitAreTypedErrors() = plane { plane ->
        val wrong = listOf<() -> Any>(
            { plane.scan(rowStride = plane.width - 1) },
            { plane.scan(rowStride = 0) },
            { plane.scan(rowStride = -1) },
            { plane.scan(pixelStride = 0) },
            { plane.scan(pixelStride = -7) },
            { plane.scan(width = 0) },
            { plane.scan(height = 0) },
            { plane.scan(width = -1, rowStride = Int.MAX_VALUE) },
            { plane.scan(height = Int.MAX_VALUE) },
            { plane.scan(height = Int.MIN_VALUE) },
            { plane.scan(height = plane.height + plane.rowStride) },
            { plane.scan(ByteBuffer.allocateDirect(0)) },
            { plane.scan(ByteBuffer.allocate(0)) },
            { plane.scan(plane.data.duplicate().apply { limit(limit() - plane.rowStride * 2) }) },
        )
        for ((at, scan) in wrong.withIndex()) {
            val error = failing { scan() }
            assertEquals("case $at: ${error.key}", ErrorKind.INPUT, error.kind)
        }
    }

    @Test
    fun aPlaneWithoutACodeIsATypedError() {
        for (side in listOf(1, 2, 64, 640)) {
            val error = failing { ActivationCode.scan(ByteBuffer.allocateDirect(side * side), side, side) }
            assertEquals("$side: ${error.key}", ErrorKind.INPUT, error.kind)
        }
    }
}

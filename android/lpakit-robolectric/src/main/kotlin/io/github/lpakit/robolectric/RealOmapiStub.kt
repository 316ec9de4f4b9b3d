package io.github.lpakit.robolectric

import android.se.omapi.ISecureElementService
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowBinder

/** Takes the place of Robolectric's own shadow, which answers for the service itself and lets nobody else be one. */
@Implements(ISecureElementService.Stub::class)
public class RealOmapiStub : ShadowBinder()

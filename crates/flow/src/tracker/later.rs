//! Memory that is asked for long before it is read.

/// Asks for the cache line that something begins in, into the second level of the cache: the first has room for
/// two dozen lines that are waited for, and whoever asks for more waits himself.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn prefetch_for_later<T>(something: &T) {
    safe_arch::prefetch_t1(something);
}

/// Asks for the cache line that something begins in.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn prefetch_for_later<T>(something: &T) {
    prefetch_index::prefetch_index(std::slice::from_ref(something), 0);
}

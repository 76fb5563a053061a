//! Packets that went missing, told by the identifications of IPv4.

/// So far ahead, an identification still counts on from the one before.
const NEAR: u16 = 16;

/// Packets from which on the estimate is judged by itself.
const ENOUGH: u64 = 4;

/// An estimate of packets that one side sent and that did not come here, by gaps in the
/// identifications of IPv4: that of packet-strata.
///
/// Only packets that may be fragmented count, for RFC 6864 lets the others have any identification,
/// and only hosts that count identifications up can be judged: where they jump about, or would mean
/// that more than a third was lost, there is no estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IpLoss {
    last: Option<u16>,
    lost: u64,
    packets: u64,
    jumps: bool,
}

impl IpLoss {
    /// Packets that did not come here, if that can be told.
    pub fn lost(&self) -> Option<u64> {
        let is_believable = self.packets < ENOUGH || self.lost <= self.packets / 2;
        (self.packets > 0 && !self.jumps && is_believable).then_some(self.lost)
    }

    /// The identification of the last packet that counts.
    pub fn last_identification(&self) -> Option<u16> {
        self.last
    }

    pub(super) fn note(&mut self, identification: u16, dont_fragment: bool) {
        if dont_fragment || identification == 0 {
            return;
        }
        self.packets = self.packets.saturating_add(1);
        let Some(last) = self.last else {
            self.last = Some(identification);
            return;
        };
        let (ahead, back) = (identification.wrapping_sub(last), last.wrapping_sub(identification));
        if ahead == 0 {
            // Another fragment of the same datagram.
        } else if ahead <= NEAR {
            self.lost = self.lost.saturating_add(u64::from(ahead).saturating_sub(1));
            self.last = Some(identification);
        } else if back < NEAR {
            // It was only late.
            self.lost = self.lost.saturating_sub(1);
        } else {
            self.jumps = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(identifications: &[u16], expected: Option<u64>) {
        let mut loss = IpLoss::default();
        identifications.iter().for_each(|&identification| loss.note(identification, false));
        assert_eq!(loss.lost(), expected, "{identifications:?}");
    }

    #[test]
    fn gaps_in_the_count_are_packets_lost() {
        check(&[], None);
        check(&[7, 8, 9], Some(0));
        check(&[7, 8, 11, 12, 13, 14], Some(2));
        // Over the end of the numbers, where zero stands for none.
        check(&[65534, 65535, 0, 1], Some(1));
    }

    #[test]
    fn a_late_packet_is_not_lost() {
        // peers.md 1.5, defect 17: it must not start the count again either.
        check(&[7, 9, 8, 10], Some(0));
        check(&[7, 7, 7, 8], Some(0));
    }

    #[test]
    fn a_host_that_does_not_count_up_cannot_be_judged() {
        check(&[7, 8, 30_000, 9], None);
        check(&[1, 11, 21, 31, 41], None);
        let mut loss = IpLoss::default();
        [5, 50, 500].into_iter().for_each(|identification| loss.note(identification, true));
        assert_eq!((loss.lost(), loss.last_identification()), (None, None));
    }
}

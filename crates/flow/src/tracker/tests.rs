//! What a tracker reports of packets made by hand.

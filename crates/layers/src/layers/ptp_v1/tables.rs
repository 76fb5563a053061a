//! What the messages of version 1 hold: names, sizes, and what is between them.

use super::Item::{self, Bytes, Flag, Mac, Number, Signed, Skip, Text};

/// Sync and delay request.
pub(super) const SYNC: &[Item] = &[
    Number(4, "ptp.sdr.origintimestamp_seconds"),
    Signed(4, "ptp.sdr.origintimestamp_nanoseconds"),
    Number(2, "ptp.sdr.epochnumber"),
    Signed(2, "ptp.sdr.currentutcoffset"),
    Skip(1),
    Number(1, "ptp.sdr.grandmastercommunicationtechnology"),
    Mac("ptp.sdr.grandmasterclockuuid"),
    Number(2, "ptp.sdr.grandmasterportid"),
    Number(2, "ptp.sdr.grandmastersequenceid"),
    Skip(3),
    Number(1, "ptp.sdr.grandmasterclockstratum"),
    Text(4, "ptp.sdr.grandmasterclockidentifier"),
    Skip(2),
    Signed(2, "ptp.sdr.grandmasterclockvariance"),
    Skip(1),
    Number(1, "ptp.sdr.grandmasterpreferred"),
    Skip(1),
    Number(1, "ptp.sdr.grandmasterisboundaryclock"),
    Skip(3),
    Signed(1, "ptp.sdr.syncinterval"),
    Skip(2),
    Signed(2, "ptp.sdr.localclockvariance"),
    Skip(2),
    Number(2, "ptp.sdr.localstepsremoved"),
    Skip(3),
    Number(1, "ptp.sdr.localclockstratum"),
    Text(4, "ptp.sdr.localclockidentifier"),
    Skip(1),
    Number(1, "ptp.sdr.parentcommunicationtechnology"),
    Mac("ptp.sdr.parentuuid"),
    Skip(2),
    Number(2, "ptp.sdr.parentportfield"),
    Skip(2),
    Signed(2, "ptp.sdr.estimatedmastervariance"),
    Signed(4, "ptp.sdr.estimatedmasterdrift"),
    Skip(3),
    Flag("ptp.sdr.utcreasonable"),
];

/// Follow-up.
pub(super) const FOLLOW_UP: &[Item] = &[
    Skip(2),
    Number(2, "ptp.fu.associatedsequenceid"),
    Number(4, "ptp.fu.preciseorigintimestamp_seconds"),
    Signed(4, "ptp.fu.preciseorigintimestamp_nanoseconds"),
];

/// Delay response.
pub(super) const DELAY_RESPONSE: &[Item] = &[
    Number(4, "ptp.dr.delayreceipttimestamp_seconds"),
    Signed(4, "ptp.dr.delayreceipttimestamp_nanoseconds"),
    Skip(1),
    Number(1, "ptp.dr.requestingsourcecommunicationtechnology"),
    Mac("ptp.dr.requestingsourceuuid"),
    Number(2, "ptp.dr.requestingsourceportid"),
    Number(2, "ptp.dr.requestingsourcesequenceid"),
];

/// Management, in front of what its key says.
pub(super) const MANAGEMENT: &[Item] = &[
    Skip(1),
    Number(1, "ptp.mm.targetcommunicationtechnology"),
    Mac("ptp.mm.targetuuid"),
    Number(2, "ptp.mm.targetportid"),
    Signed(2, "ptp.mm.startingboundaryhops"),
    Signed(2, "ptp.mm.boundaryhops"),
    Skip(1),
    Number(1, "ptp.mm.managementmessagekey"),
    Skip(2),
    Number(2, "ptp.mm.parameterlength"),
];

/// What a management message of a key holds.
pub(super) fn of_key(key: u8) -> &'static [Item] {
    match key {
        2 => CLOCK_IDENTITY,
        3 => INITIALIZE,
        4 => SET_SUBDOMAIN,
        8 => DEFAULT_DATA,
        9 => UPDATE_DEFAULT_DATA,
        11 => CURRENT_DATA,
        13 => PARENT_DATA,
        15 => PORT_DATA,
        17 => GLOBAL_TIME,
        18 => UPDATE_GLOBAL_TIME,
        20 => GET_FOREIGN,
        21 => FOREIGN,
        22 => SET_SYNC,
        _ => &[],
    }
}

/// Answer with the identity of a clock.
const CLOCK_IDENTITY: &[Item] = &[
    Skip(3),
    Number(1, "ptp.mm.clock.identity.clockcommunicationtechnology"),
    Mac("ptp.mm.clock.identity.clockuuidfield"),
    Skip(4),
    Number(2, "ptp.mm.clock.identity.clockportfield"),
    Bytes(48, "ptp.mm.clock.identity.manufactureridentity"),
];

/// Start again.
const INITIALIZE: &[Item] = &[Skip(2), Number(2, "ptp.mm.initialize.clock.initialisationkey")];

/// Go to another subdomain.
const SET_SUBDOMAIN: &[Item] = &[Text(16, "ptp.mm.set.subdomain.subdomainname")];

/// Answer with what a clock started with.
const DEFAULT_DATA: &[Item] = &[
    Skip(3),
    Number(1, "ptp.mm.default.data.set.clockcommunicationtechnology"),
    Mac("ptp.mm.default.data.set.clockuuidfield"),
    Skip(4),
    Number(2, "ptp.mm.default.data.set.clockportfield"),
    Skip(3),
    Number(1, "ptp.mm.default.data.set.clockstratum"),
    Bytes(4, "ptp.mm.default.data.set.clockidentifier"),
    Skip(2),
    Number(2, "ptp.mm.default.data.set.clockvariance"),
    Skip(1),
    Flag("ptp.mm.default.data.set.clockfollowupcapable"),
    Skip(5),
    Flag("ptp.mm.default.data.set.preferred"),
    Skip(3),
    Flag("ptp.mm.default.data.set.initializable"),
    Skip(3),
    Flag("ptp.mm.default.data.set.externaltiming"),
    Skip(3),
    Flag("ptp.mm.default.data.set.isboundaryclock"),
    Skip(3),
    Signed(1, "ptp.mm.default.data.set.syncinterval"),
    Text(16, "ptp.mm.default.data.set.subdomainname"),
    Skip(2),
    Number(2, "ptp.mm.default.data.set.numberports"),
    Skip(2),
    Number(2, "ptp.mm.default.data.set.numberforeignrecords"),
];

/// Change what a clock started with.
const UPDATE_DEFAULT_DATA: &[Item] = &[
    Skip(3),
    Number(1, "ptp.mm.update.default.data.set.clockstratum"),
    Bytes(4, "ptp.mm.update.default.data.set.clockidentifier"),
    Skip(2),
    Number(2, "ptp.mm.update.default.data.set.clockvariance"),
    Skip(3),
    Flag("ptp.mm.update.default.data.set.preferred"),
    Skip(3),
    Signed(1, "ptp.mm.update.default.data.set.syncinterval"),
    Text(16, "ptp.mm.update.default.data.set.subdomainname"),
];

/// Answer with how far off a clock is.
const CURRENT_DATA: &[Item] = &[
    Skip(2),
    Number(2, "ptp.mm.current.data.set.stepsremoved"),
    Number(4, "ptp.mm.current.data.set.offsetfrommasterseconds"),
    Signed(4, "ptp.mm.current.data.set.offsetfrommasternanoseconds"),
    Number(4, "ptp.mm.current.data.set.onewaydelayseconds"),
    Signed(4, "ptp.mm.current.data.set.onewaydelaynanoseconds"),
];

/// Answer with what a clock follows.
const PARENT_DATA: &[Item] = &[
    Skip(3),
    Number(1, "ptp.mm.parent.data.set.parentcommunicationtechnology"),
    Mac("ptp.mm.parent.data.set.parentuuid"),
    Skip(4),
    Number(2, "ptp.mm.parent.data.set.parentportid"),
    Skip(2),
    Number(2, "ptp.mm.parent.data.set.parentlastsyncsequencenumber"),
    Skip(3),
    Flag("ptp.mm.parent.data.set.parentfollowupcapable"),
    Skip(3),
    Flag("ptp.mm.parent.data.set.parentexternaltiming"),
    Skip(2),
    Number(2, "ptp.mm.parent.data.set.parentvariance"),
    Skip(3),
    Flag("ptp.mm.parent.data.set.parentstats"),
    Skip(2),
    Signed(2, "ptp.mm.parent.data.set.observedvariance"),
    Signed(4, "ptp.mm.parent.data.set.observeddrift"),
    Skip(3),
    Flag("ptp.mm.parent.data.set.utcreasonable"),
    Skip(3),
    Number(1, "ptp.mm.parent.data.set.grandmastercommunicationtechnology"),
    Mac("ptp.mm.parent.data.set.grandmasteruuidfield"),
    Skip(4),
    Number(2, "ptp.mm.parent.data.set.grandmasterportidfield"),
    Skip(3),
    Number(1, "ptp.mm.parent.data.set.grandmasterstratum"),
    Bytes(4, "ptp.mm.parent.data.set.grandmasteridentifier"),
    Skip(2),
    Signed(2, "ptp.mm.parent.data.set.grandmastervariance"),
    Skip(3),
    Flag("ptp.mm.parent.data.set.grandmasterpreferred"),
    Skip(3),
    Flag("ptp.mm.parent.data.set.grandmasterisboundaryclock"),
    Skip(2),
    Number(2, "ptp.mm.parent.data.set.grandmastersequencenumber"),
];

/// Answer with what a port is.
const PORT_DATA: &[Item] = &[
    Skip(2),
    Number(2, "ptp.mm.port.data.set.returnedportnumber"),
    Skip(3),
    Number(1, "ptp.mm.port.data.set.portstate"),
    Skip(2),
    Number(2, "ptp.mm.port.data.set.lastsynceventsequencenumber"),
    Skip(2),
    Number(2, "ptp.mm.port.data.set.lastgeneraleventsequencenumber"),
    Skip(3),
    Number(1, "ptp.mm.port.data.set.portcommunicationtechnology"),
    Mac("ptp.mm.port.data.set.portuuidfield"),
    Skip(4),
    Number(2, "ptp.mm.port.data.set.portidfield"),
    Skip(3),
    Flag("ptp.mm.port.data.set.burstenabled"),
    Skip(1),
    Number(1, "ptp.mm.port.data.set.subdomainaddressoctets"),
    Number(1, "ptp.mm.port.data.set.eventportaddressoctets"),
    Number(1, "ptp.mm.port.data.set.generalportaddressoctets"),
    Bytes(4, "ptp.mm.port.data.set.subdomainaddress"),
    Skip(2),
    Bytes(2, "ptp.mm.port.data.set.eventportaddress"),
    Skip(2),
    Bytes(2, "ptp.mm.port.data.set.generalportaddress"),
];

/// Answer with the time.
const GLOBAL_TIME: &[Item] = &[
    Number(4, "ptp.mm.global.time.data.set.localtimeseconds"),
    Signed(4, "ptp.mm.global.time.data.set.localtimenanoseconds"),
    Skip(2),
    Signed(2, "ptp.mm.global.time.data.set.currentutcoffset"),
    Skip(3),
    Flag("ptp.mm.global.time.data.set.leap59"),
    Skip(3),
    Flag("ptp.mm.global.time.data.set.leap61"),
    Skip(2),
    Number(2, "ptp.mm.global.time.data.set.epochnumber"),
];

/// Change how the time is counted.
const UPDATE_GLOBAL_TIME: &[Item] = &[
    Skip(2),
    Number(2, "ptp.mm.update.global.time.properties.currentutcoffset"),
    Skip(3),
    Flag("ptp.mm.update.global.time.properties.leap59"),
    Skip(3),
    Flag("ptp.mm.update.global.time.properties.leap61"),
    Skip(2),
    Number(2, "ptp.mm.get.foreign.data.set.recordkey"),
];

/// Asks for another master.
const GET_FOREIGN: &[Item] = &[Skip(2), Number(2, "ptp.mm.get.foreign.data.set.recordkey")];

/// Answer with another master.
const FOREIGN: &[Item] = &[
    Skip(2),
    Number(2, "ptp.mm.foreign.data.set.returnedportnumber"),
    Skip(2),
    Number(2, "ptp.mm.foreign.data.set.returnedrecordnumber"),
    Skip(3),
    Number(1, "ptp.mm.foreign.data.set.foreignmastercommunicationtechnology"),
    Mac("ptp.mm.foreign.data.set.foreignmasteruuidfield"),
    Skip(4),
    Number(2, "ptp.mm.foreign.data.set.foreignmasterportidfield"),
    Skip(2),
    Number(2, "ptp.mm.foreign.data.set.foreignmastersyncs"),
];

/// Change the interval.
const SET_SYNC: &[Item] = &[Skip(2), Number(2, "ptp.mm.set.sync.interval.syncinterval")];

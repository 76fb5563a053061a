//! What attributes of RADIUS hold, by the documents that IANA
//! [lists](https://www.iana.org/assignments/radius-types), and Wireshark's names for them.

/// What the value of an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    /// A number of four bytes: also a time, in seconds since 1970.
    Number,
    Ipv4,
    Ipv6,
    Bytes,
    /// Text behind a tag, if its first byte is small enough for one: RFC 2868.
    TaggedText,
    /// A number of three bytes behind a tag.
    TaggedNumber,
    /// Bytes behind a tag.
    TaggedBytes,
}

/// Name and form of the attribute of a type.
pub(super) fn attribute(attribute_type: u8) -> Option<(&'static str, Form)> {
    let place = ATTRIBUTES.binary_search_by_key(&attribute_type, |&(number, ..)| number).ok()?;
    ATTRIBUTES.get(place).map(|&(_, name, form)| (name, form))
}

/// The name of the tag of an attribute.
pub(super) fn tag(attribute_type: u8) -> &'static str {
    match attribute_type {
        64 => "radius.Tunnel_Type.tag",
        65 => "radius.Tunnel_Medium_Type.tag",
        66 => "radius.Tunnel_Client_Endpoint.tag",
        67 => "radius.Tunnel_Server_Endpoint.tag",
        69 => "radius.Tunnel_Password.tag",
        81 => "radius.Tunnel_Private_Group_Id.tag",
        82 => "radius.Tunnel_Assignment_Id.tag",
        83 => "radius.Tunnel_Preference.tag",
        90 => "radius.Tunnel_Client_Auth_Id.tag",
        _ => "radius.Tunnel_Server_Auth_Id.tag",
    }
}

/// Number, name and form of attributes, by number.
#[rustfmt::skip] // One attribute a line.
const ATTRIBUTES: &[(u8, &str, Form)] = &[
    (1, "radius.User_Name", Form::Text),
    (2, "radius.User_Password_encrypted", Form::Bytes),
    (4, "radius.NAS_IP_Address", Form::Ipv4),
    (5, "radius.NAS_Port", Form::Number),
    (6, "radius.Service_Type", Form::Number),
    (7, "radius.Framed_Protocol", Form::Number),
    (8, "radius.Framed-IP-Address", Form::Ipv4),
    (9, "radius.Framed_IP_Netmask", Form::Ipv4),
    (10, "radius.Framed_Routing", Form::Number),
    (11, "radius.Filter_Id", Form::Text),
    (12, "radius.Framed_MTU", Form::Number),
    (13, "radius.Framed_Compression", Form::Number),
    (14, "radius.Login-IP-Host", Form::Ipv4),
    (15, "radius.Login_Service", Form::Number),
    (16, "radius.Login_TCP_Port", Form::Number),
    (18, "radius.Reply_Message", Form::Text),
    (19, "radius.Callback_Number", Form::Text),
    (20, "radius.Callback_Id", Form::Text),
    (22, "radius.Framed_Route", Form::Text),
    (23, "radius.Framed-IPX-Network", Form::Number),
    (24, "radius.State", Form::Bytes),
    (25, "radius.Class", Form::Bytes),
    (27, "radius.Session_Timeout", Form::Number),
    (28, "radius.Idle_Timeout", Form::Number),
    (29, "radius.Termination_Action", Form::Number),
    (30, "radius.Called_Station_Id", Form::Text),
    (31, "radius.Calling_Station_Id", Form::Text),
    (32, "radius.NAS_Identifier", Form::Text),
    (33, "radius.Proxy_State", Form::Bytes),
    (34, "radius.Login_LAT_Service", Form::Text),
    (35, "radius.Login_LAT_Node", Form::Text),
    (36, "radius.Login_LAT_Group", Form::Bytes),
    (37, "radius.Framed_AppleTalk_Link", Form::Number),
    (38, "radius.Framed_AppleTalk_Network", Form::Number),
    (39, "radius.Framed_AppleTalk_Zone", Form::Text),
    (40, "radius.Acct_Status_Type", Form::Number),
    (41, "radius.Acct_Delay_Time", Form::Number),
    (42, "radius.Acct_Input_Octets", Form::Number),
    (43, "radius.Acct_Output_Octets", Form::Number),
    (44, "radius.Acct_Session_Id", Form::Text),
    (45, "radius.Acct_Authentic", Form::Number),
    (46, "radius.Acct_Session_Time", Form::Number),
    (47, "radius.Acct_Input_Packets", Form::Number),
    (48, "radius.Acct_Output_Packets", Form::Number),
    (49, "radius.Acct_Terminate_Cause", Form::Number),
    (50, "radius.Acct_Multi_Session_Id", Form::Text),
    (51, "radius.Acct_Link_Count", Form::Number),
    (52, "radius.Acct_Input_Gigawords", Form::Number),
    (53, "radius.Acct_Output_Gigawords", Form::Number),
    (55, "radius.Event_Timestamp", Form::Number),
    (56, "radius.Egress_VLANID", Form::Number),
    (57, "radius.Ingress_Filters", Form::Number),
    (58, "radius.Egress_VLAN_Name", Form::Text),
    (59, "radius.User_Priority_Table", Form::Bytes),
    (60, "radius.CHAP_Challenge", Form::Bytes),
    (61, "radius.NAS_Port_Type", Form::Number),
    (62, "radius.Port_Limit", Form::Number),
    (63, "radius.Login_LAT_Port", Form::Text),
    (64, "radius.Tunnel_Type", Form::TaggedNumber),
    (65, "radius.Tunnel_Medium_Type", Form::TaggedNumber),
    (66, "radius.Tunnel_Client_Endpoint", Form::TaggedText),
    (67, "radius.Tunnel_Server_Endpoint", Form::TaggedText),
    (68, "radius.Acct_Tunnel_Connection", Form::Text),
    (69, "radius.Tunnel_Password_encrypted", Form::TaggedBytes),
    (70, "radius.ARAP_Password", Form::Bytes),
    (71, "radius.ARAP_Features", Form::Bytes),
    (72, "radius.ARAP_Zone_Access", Form::Number),
    (73, "radius.ARAP_Security", Form::Number),
    (74, "radius.ARAP_Security_Data", Form::Text),
    (75, "radius.Password_Retry", Form::Number),
    (76, "radius.Prompt", Form::Number),
    (77, "radius.Connect_Info", Form::Text),
    (78, "radius.Configuration_Token", Form::Text),
    (80, "radius.Message_Authenticator", Form::Bytes),
    (81, "radius.Tunnel_Private_Group_Id", Form::TaggedText),
    (82, "radius.Tunnel_Assignment_Id", Form::TaggedText),
    (83, "radius.Tunnel_Preference", Form::TaggedNumber),
    (84, "radius.ARAP_Challenge_Response", Form::Bytes),
    (85, "radius.Acct_Interim_Interval", Form::Number),
    (86, "radius.Acct_Tunnel_Packets_Lost", Form::Number),
    (87, "radius.NAS_Port_Id", Form::Text),
    (88, "radius.Framed_Pool", Form::Text),
    (89, "radius.Chargeable_User_Identity", Form::Text),
    (90, "radius.Tunnel_Client_Auth_Id", Form::TaggedText),
    (91, "radius.Tunnel_Server_Auth_Id", Form::TaggedText),
    (92, "radius.NAS_Filter_Rule", Form::Text),
    (94, "radius.Originating_Line_Info", Form::Bytes),
    (95, "radius.NAS_IPv6_Address", Form::Ipv6),
    (96, "radius.Framed_Interface_Id", Form::Bytes),
    (97, "radius.Framed_IPv6_Prefix", Form::Bytes),
    (98, "radius.Login_IPv6_Host", Form::Ipv6),
    (99, "radius.Framed_IPv6_Route", Form::Text),
    (100, "radius.Framed_IPv6_Pool", Form::Text),
    (101, "radius.Error_Cause", Form::Number),
    (102, "radius.EAP_Key_Name", Form::Text),
    (103, "radius.Digest_Response", Form::Text),
    (123, "radius.Delegated_IPv6_Prefix", Form::Bytes),
    (124, "radius.MIP6_Feature_Vector", Form::Bytes),
    (125, "radius.MIP6_Home_Link_Prefix", Form::Bytes),
    (127, "radius.Location_Information", Form::Bytes),
    (128, "radius.Location_Data", Form::Bytes),
    (129, "radius.Basic_Location_Policy_Rules", Form::Bytes),
    (130, "radius.Extended_Location_Policy_Rules", Form::Text),
    (131, "radius.Location_Capable", Form::Number),
    (132, "radius.Requested_Location_Info", Form::Number),
    (133, "radius.Framed_Management", Form::Number),
    (134, "radius.Management_Transport_Protection", Form::Number),
    (135, "radius.Management_Policy_Id", Form::Text),
    (136, "radius.Management_Privilege_Level", Form::Number),
    (137, "radius.PKM_SS_Cert", Form::Bytes),
    (138, "radius.PKM_CA_Cert", Form::Bytes),
    (139, "radius.PKM_Config_Settings", Form::Bytes),
    (140, "radius.PKM_Cryptosuite_List", Form::Bytes),
    (141, "radius.PKM_SAID", Form::Number),
    (142, "radius.PKM_SA_Descriptor", Form::Bytes),
    (143, "radius.PKM_Auth_Key", Form::Bytes),
    (144, "radius.DS_Lite_Tunnel_Name", Form::Text),
    (145, "radius.Mobile_Node_Identifier", Form::Bytes),
    (146, "radius.Service_Selection", Form::Text),
    (147, "radius.PMIP6_Home_LMA_IPv6_Address", Form::Ipv6),
    (148, "radius.PMIP6_Visited_LMA_IPv6_Address", Form::Ipv6),
    (149, "radius.PMIP6_Home_LMA_IPv4_Address", Form::Ipv4),
    (150, "radius.PMIP6_Visited_LMA_IPv4_Address", Form::Ipv4),
    (151, "radius.PMIP6_Home_HN_Prefix", Form::Bytes),
    (152, "radius.PMIP6_Visited_HN_Prefix", Form::Bytes),
    (153, "radius.PMIP6_Home_Interface_ID", Form::Bytes),
    (154, "radius.PMIP6_Visited_Interface_ID", Form::Bytes),
    (155, "radius.PMIP6_Home_IPv4_HoA", Form::Bytes),
    (156, "radius.PMIP6_Visited_IPv4_HoA", Form::Bytes),
    (157, "radius.PMIP6_Home_DHCP4_Server_Address", Form::Ipv4),
    (158, "radius.PMIP6_Visited_DHCP4_Server_Address", Form::Ipv4),
    (159, "radius.PMIP6_Home_DHCP6_Server_Address", Form::Ipv6),
    (160, "radius.PMIP6_Visited_DHCP6_Server_Address", Form::Ipv6),
    (161, "radius.PMIP6_Home_IPv4_Gateway", Form::Ipv4),
    (162, "radius.PMIP6_Visited_IPv4_Gateway", Form::Ipv4),
    (163, "radius.EAP_Lower_Layer", Form::Number),
    (164, "radius.GSS_Acceptor_Service_Name", Form::Text),
    (165, "radius.GSS_Acceptor_Host_Name", Form::Text),
    (166, "radius.GSS_Acceptor_Service_Specifics", Form::Text),
    (167, "radius.GSS_Acceptor_Realm_Name", Form::Text),
    (168, "radius.Framed_IPv6_Address", Form::Ipv6),
    (169, "radius.DNS_Server_IPv6_Address", Form::Ipv6),
    (170, "radius.Route_IPv6_Information", Form::Bytes),
    (171, "radius.Delegated_IPv6_Prefix_Pool", Form::Text),
    (172, "radius.Stateful_IPv6_Address_Pool", Form::Text),
    (173, "radius.IPv6_6rd_Configuration", Form::Bytes),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_sorted_so_that_they_are_found() {
        assert!(ATTRIBUTES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(attribute(4), Some(("radius.NAS_IP_Address", Form::Ipv4)));
        assert_eq!(attribute(255), None);
    }
}

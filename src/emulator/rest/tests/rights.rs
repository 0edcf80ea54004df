//! What callers may not do.

use super::*;
use crate::emulator::NetworkRules;

#[test]
fn a_policy_refuses_with_the_permission_that_lacks() {
    let service = Service::start().allowing(AccessModel::Policy, &[Action::List]);
    service.get("/secrets/unknown").refused(
        403,
        "Forbidden",
        Some("ForbiddenByPolicy"),
        "The user, group or application 'appid=app;oid=object;iss=https://sts.windows.net/tenant/' does not have secrets get permission on key vault 'shop-kv;location=westus2'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
    );
    service.get("/secrets").expect(200);
}

#[test]
fn a_role_refuses_with_the_data_action_and_the_resource() {
    let service = Service::start().allowing(AccessModel::Rbac, &[Action::List]);
    service.put("/secrets/db", json!({"value": "x"})).refused(
        403,
        "Forbidden",
        Some("ForbiddenByRbac"),
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=app;oid=object;iss=https://sts.windows.net/tenant/\r\nAction: 'Microsoft.KeyVault/vaults/secrets/setSecret/action'\r\nResource: '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/emulator/providers/microsoft.keyvault/vaults/shop-kv/secrets/db'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: shop-kv;location=westus2\r\n",
    );
}

#[test]
fn each_operation_needs_its_own_right_before_the_name_is_looked_up() {
    let body = || Some(json!({"value": "x"}));
    let operations = [
        (Action::Get, request("GET", "/secrets/db", None), 404),
        (Action::List, request("GET", "/secrets", None), 200),
        (Action::List, request("GET", "/secrets/db/versions", None), 200),
        (Action::List, request("GET", "/deletedsecrets", None), 200),
        (Action::List, request("GET", "/deletedsecrets/db", None), 404),
        (Action::Update, request("PATCH", "/secrets/db", body()), 404),
        (Action::Delete, request("DELETE", "/secrets/db", None), 404),
        (Action::Recover, request("POST", "/deletedsecrets/db/recover", None), 404),
        (Action::Purge, request("DELETE", "/deletedsecrets/db", None), 404),
        (Action::Backup, request("POST", "/secrets/db/backup", None), 404),
        (Action::Restore, request("POST", "/secrets/restore", body()), 400),
        (Action::Set, request("PUT", "/secrets/db", body()), 200),
    ];
    let none = Service::start().allowing(AccessModel::Rbac, &[]);
    for (action, request, status) in operations {
        none.send(&request).expect(403);
        Service::start().allowing(AccessModel::Rbac, &[action]).send(&request).expect(status);
    }
}

#[test]
fn a_firewall_refuses_with_the_address_that_it_saw_and_admits_the_ones_that_it_lists() {
    let admitting = |address: [u8; 4]| {
        Service::with(|options| options.network = NetworkRules::Addresses(vec![address.into()]))
    };
    admitting([203, 0, 113, 7]).get("/secrets").refused(
        403,
        "Forbidden",
        Some("ForbiddenByFirewall"),
        "Client address is not authorized and caller is not a trusted service.\r\nClient address: 127.0.0.1\r\nCaller: appid=app;oid=object;iss=https://sts.windows.net/tenant/\r\nVault: shop-kv;location=westus2",
    );
    admitting([127, 0, 0, 1]).get("/secrets").expect(200);
}

#[test]
fn a_vault_without_public_access_refuses_everybody() {
    Service::with(|options| options.network = NetworkRules::Private).get("/secrets").refused(
        403,
        "Forbidden",
        Some("ForbiddenByConnection"),
        "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: appid=app;oid=object;iss=https://sts.windows.net/tenant/\r\nVault: shop-kv;location=westus2",
    );
}

#[test]
fn a_policy_needs_get_for_a_deleted_name() {
    let service = Service::start().allowing(AccessModel::Policy, &[Action::List]);
    service.get("/deletedsecrets/db").expect(403);
    let service = Service::start().allowing(AccessModel::Policy, &[Action::Get]);
    service.get("/deletedsecrets/db").expect(404);
}

#[test]
fn where_roles_grant_rights_an_answer_names_the_assignment() {
    let told_by = |model| {
        let service = Service::start().allowing(model, &[Action::List]);
        let Told(reply) = service.get("/secrets");
        reply.headers.iter().any(|(name, _)| name == "x-ms-keyvault-rbac-assignment-id")
    };
    assert!(told_by(AccessModel::Rbac));
    assert!(!told_by(AccessModel::Policy));
}

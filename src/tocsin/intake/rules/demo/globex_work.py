"""Globex's incidents in hand: in progress and waiting."""

from __future__ import annotations

from tocsin.intake.rules.demo.model import DemoComment, DemoIncident, DemoReporter, DemoTask

WORK = (
    DemoIncident(
        title="Online banking answers slowly, pages take 20 seconds",
        description="Since nine o'clock all pages after the login are slow. About a tenth ends with an error.",
        priority="critical",
        category="online-channels",
        status="in-progress",
        age=58,
        reporter="chloe.bennett",
        team="digital",
        owner="omar.haddad",
        collaborators=("mei.tanaka",),
        watchers=("keisha.grant", "margaret.lowe"),
        source="api",
        acknowledged_after=2,
        impact="All online customers; branches and machines are fine.",
        comments=(
            DemoComment(2, "omar.haddad", "We are on it. Payments that were confirmed are safe."),
            DemoComment(
                19,
                "omar.haddad",
                "Connection pool of the account service is full; a report of the risk department holds 60 of 80.",
                is_internal=True,
            ),
            DemoComment(44, "omar.haddad", "Pages are faster again, we keep watching before we call it solved."),
        ),
        tasks=(
            DemoTask("Stop the report", "omar.haddad", "done"),
            DemoTask("Give reports a pool of their own", "omar.haddad", "in_progress"),
            DemoTask("Text for the status page", "keisha.grant", "done"),
        ),
        metadata={"service": "account", "error_rate_percent": 9},
    ),
    DemoIncident(
        title="Tills in Brookfield print receipts without the tax line",
        description="Since the update of last night the tax line is missing on all three tills.",
        priority="high",
        category="point-of-sale",
        status="in-progress",
        age=350,
        reporter="ethan.park",
        team="store-support",
        owner="chloe.bennett",
        acknowledged_after=15,
        impact="Receipts aren't valid for business customers.",
        comments=(
            DemoComment(
                15, "chloe.bennett", "Please stamp the receipts by hand. Only shops with till model 3 have this."
            ),
            DemoComment(200, "chloe.bennett", "Template 7.2 lacks the block; 7.1 goes back tonight.", is_internal=True),
        ),
        tasks=(
            DemoTask("Roll template 7.1 out to Brookfield", "chloe.bennett"),
            DemoTask("Look for other shops with till model 3", "chloe.bennett", "done"),
        ),
        metadata={"shop": "Brookfield", "template": "7.2"},
    ),
    DemoIncident(
        title="Several logins from one address to 300 accounts",
        description="The rule 'many accounts, one address' fired at 02:14. All passwords were wrong so far.",
        priority="high",
        category="fraud-and-security",
        status="in-progress",
        age=500,
        reporter="robert.castellano",
        team="security-operations",
        owner="samuel.adeyemi",
        collaborators=("valentina.rossi",),
        source="api",
        acknowledged_after=3,
        comments=(
            DemoComment(
                3, "samuel.adeyemi", "Address range blocked for an hour, list of accounts saved.", is_internal=True
            ),
            DemoComment(
                190,
                "valentina.rossi",
                "No account was entered. 41 of the names appear in an old leak.",
                is_internal=True,
            ),
        ),
        tasks=(
            DemoTask("Ask the 41 customers for a new password", "valentina.rossi", "in_progress"),
            DemoTask("Lower the threshold of the rule", "samuel.adeyemi"),
        ),
        metadata={"rule": "many-accounts-one-address", "accounts": 300},
    ),
    DemoIncident(
        title="Standing orders of the 1st carried out on the 2nd",
        description="For 212 customers the standing order ran a day late. Some have fees from their landlords.",
        priority="high",
        category="payments-and-cards",
        status="in-progress",
        age=2_900,
        reporter="valentina.rossi",
        team="payments",
        owner="mei.tanaka",
        acknowledged_after=20,
        comments=(
            DemoComment(20, "mei.tanaka", "The batch took the 1st for a holiday. List of those concerned is made."),
        ),
        tasks=(
            DemoTask("Correct the holiday table", "mei.tanaka", "done"),
            DemoTask("Refund fees that customers report", "valentina.rossi", "in_progress"),
        ),
        metadata={"customers": 212},
    ),
    DemoIncident(
        title="Night safe of branch Market Street jams",
        description="The drawer doesn't close fully. Shopkeepers can't leave their takings.",
        priority="medium",
        category="premises",
        status="in-progress",
        age=1_010,
        reporter="nadia.kowalczyk",
        team="store-support",
        owner="chloe.bennett",
        acknowledged_after=55,
        comments=(
            DemoComment(55, "chloe.bennett", "Please send them to branch Oak Hill tonight; locksmith is ordered."),
        ),
    ),
    DemoIncident(
        title="Money back for a purchase that was cancelled",
        description="I cancelled order 55310 two weeks ago. The shop says refunded, my card shows nothing.",
        priority="medium",
        category="payments-and-cards",
        status="waiting",
        age=4_300,
        reporter=DemoReporter("Walter Simmons", "walter.simmons@mail.example", "+1 718 555 0155"),
        team="payments",
        owner="mei.tanaka",
        acknowledged_after=90,
        waiting_after=300,
        comments=(
            DemoComment(90, "mei.tanaka", "Thank you, Mr Simmons. I look for the refund on our side."),
            DemoComment(300, "mei.tanaka", "We found no such booking. Could you send us the shop's confirmation?"),
        ),
        metadata={"order": "55310"},
    ),
    DemoIncident(
        title="Cash machines at the airport run empty on Fridays",
        description="Both machines were empty at 17:00, the third Friday in a row.",
        priority="medium",
        category="cash-machines",
        status="waiting",
        age=6_100,
        reporter="robert.castellano",
        team="payments",
        owner="valentina.rossi",
        acknowledged_after=75,
        waiting_after=1_200,
        comments=(
            DemoComment(
                1_200, "valentina.rossi", "The cash company checks whether a second tour on Fridays is possible."
            ),
        ),
        tasks=(DemoTask("Forecast of the next four Fridays", "valentina.rossi", "done"),),
    ),
    DemoIncident(
        title="Scanner app doesn't know articles of the new supplier",
        description="All articles that start with 77 are unknown on the hand scanners; the tills sell them.",
        priority="low",
        category="point-of-sale",
        status="waiting",
        age=2_200,
        reporter="ethan.park",
        team="store-support",
        owner="chloe.bennett",
        acknowledged_after=110,
        waiting_after=380,
        comments=(
            DemoComment(380, "chloe.bennett", "Master data is complete; the vendor of the app must widen a field."),
        ),
        metadata={"supplier": "77", "vendor_ticket": "SCN-2091"},
    ),
)

from odoo import Command, fields
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestConfirmationBatch(TransactionCase):
    """Confirming many orders at once gives what Odoo gives one by one (A1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].create(
            {"name": "Batch", "code": "BATCH"}
        )
        cls.buyer = cls.env["res.partner"].create(
            {"name": "Buyer", "country_id": cls.env.ref("base.de").id}
        )
        cls.scarce = cls._create_product("Scarce", 3)
        cls.plenty = cls._create_product("Plenty", 100)
        cls.lots = cls._create_product("Lots", 0, tracking="lot")
        for name, quantity in (("B", 2), ("A", 20)):
            lot = cls.env["stock.lot"].create({"name": name, "product_id": cls.lots.id})
            cls.env["stock.quant"]._update_available_quantity(
                cls.lots, cls.warehouse.lot_stock_id, quantity, lot_id=lot
            )
        cls.service = cls.env["product.product"].create(
            {"name": "Shipping", "type": "service"}
        )

    @classmethod
    def _create_product(cls, name, quantity, **values):
        product = cls.env["product.product"].create(
            {"name": name, "is_storable": True, **values}
        )
        if quantity:
            cls.env["stock.quant"]._update_available_quantity(
                product, cls.warehouse.lot_stock_id, quantity
            )
        return product

    def _create_orders(self):
        """Five orders: more than there is, several lines, lots, a service only."""
        contents = [
            [(self.scarce, 2), (self.plenty, 1), (self.service, 1)],
            [(self.scarce, 2)],
            [(self.lots, 5), (self.plenty, 3)],
            [(self.service, 1)],
            [(self.plenty, 4), (self.plenty, 6)],
        ]
        return self.env["sale.order"].create(
            [
                {
                    "partner_id": self.buyer.id,
                    "warehouse_id": self.warehouse.id,
                    "commitment_date": fields.Datetime.to_datetime("2030-01-02 10:00"),
                    "order_line": [
                        Command.create(
                            {"product_id": product.id, "product_uom_qty": quantity}
                        )
                        for product, quantity in lines
                    ],
                }
                for lines in contents
            ]
        )

    def _describe(self, orders):
        """What a warehouse sees of the orders, without ids and numbers."""
        numbers = {order.name: index for index, order in enumerate(orders)}
        return [
            {
                "state": order.state,
                "delivery": order.delivery_status,
                "references": len(order.stock_reference_ids),
                "pickings": [
                    self._describe_picking(picking, numbers)
                    for picking in order.picking_ids.sorted("id")
                ],
            }
            for order in orders
        ]

    def _describe_picking(self, picking, numbers):
        notes = picking.message_ids.filtered(
            lambda message: "created from" in (message.body or "")
        )
        return {
            "state": picking.state,
            "origin": numbers.get(picking.origin),
            "type": picking.picking_type_id.code,
            "partner": picking.partner_id,
            "from": picking.location_id,
            "to": picking.location_dest_id,
            "deadline": picking.date_deadline,
            "scheduled": picking.scheduled_date,
            "notes": len(notes),
            "reference": len(picking.reference_ids),
            "moves": [
                {
                    "product": move.product_id,
                    "demand": move.product_uom_qty,
                    "reserved": move.quantity,
                    "state": move.state,
                    "from": move.location_id,
                    "to": move.location_dest_id,
                    "deadline": move.date_deadline,
                    "line": bool(move.sale_line_id),
                    "lots": move.move_line_ids.mapped("lot_id.name"),
                }
                for move in picking.move_ids.sorted("id")
            ],
        }

    def _compare(self):
        batched = self._create_orders()
        batched._acorn_amazon_confirm(shipped=batched.browse())
        self.env.flush_all()
        ours = self._describe(batched)
        batched._action_cancel()
        plain = self._create_orders()
        plain.action_confirm()
        self.assertEqual(ours, self._describe(plain))
        return ours

    def test_same_as_odoo_in_one_step(self):
        result = self._compare()
        self.assertEqual(result[0]["pickings"][0]["moves"][0]["reserved"], 2)
        self.assertEqual(result[1]["pickings"][0]["moves"][0]["reserved"], 1)
        self.assertFalse(result[3]["pickings"])

    def test_same_as_odoo_in_three_steps(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        self._compare()

    def test_same_as_odoo_without_automatic_reservation(self):
        self.warehouse.out_type_id.reservation_method = "manual"
        result = self._compare()
        self.assertEqual(result[0]["pickings"][0]["moves"][0]["reserved"], 0)

    def test_same_as_odoo_last_in_first_out(self):
        self.lots.categ_id = self.env["product.category"].create(
            {
                "name": "LIFO",
                "removal_strategy_id": self.env.ref("stock.removal_lifo").id,
            }
        )
        self._compare()

    def test_reordering_rules_are_triggered(self):
        source = self.env["stock.location"].create(
            {"name": "Reserve", "usage": "internal"}
        )
        route = self.env["stock.route"].create(
            {
                "name": "Refill",
                "product_selectable": True,
                "rule_ids": [
                    Command.create(
                        {
                            "name": "Refill",
                            "action": "pull",
                            "location_src_id": source.id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                            "picking_type_id": self.warehouse.int_type_id.id,
                        }
                    )
                ],
            }
        )
        self.scarce.route_ids = route
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.scarce.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "product_min_qty": 0,
                "product_max_qty": 10,
                "route_id": route.id,
            }
        )
        orders = self._create_orders()
        orders.commitment_date = False  # the rule looks a few days ahead only
        orders._acorn_amazon_confirm(shipped=orders.browse())
        refill = self.env["stock.move"].search(
            [("product_id", "=", self.scarce.id), ("location_id", "=", source.id)]
        )
        # 3 are there, 4 are ordered, 10 is the most to have.
        self.assertEqual(sum(refill.mapped("product_uom_qty")), 11)

    def test_the_date_of_the_buyer_stays(self):
        orders = self._create_orders()
        ordered = fields.Datetime.to_datetime("2029-12-31 23:59:59")
        orders.date_order = ordered
        orders._acorn_amazon_confirm(shipped=orders.browse())
        self.assertEqual(set(orders.mapped("date_order")), {ordered})

    def test_nothing_is_reserved_for_what_has_left(self):
        orders = self._create_orders()
        orders._acorn_amazon_confirm(shipped=orders[0])
        self.assertFalse(sum(orders[0].picking_ids.move_ids.mapped("quantity")))
        self.assertEqual(orders[1].picking_ids.move_ids.quantity, 2)

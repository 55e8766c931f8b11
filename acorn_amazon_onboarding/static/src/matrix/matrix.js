import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Legal entities as rows, marketplaces as columns; a cell opens its registration. */
export class RegistrationMatrix extends Component {
    static template = "acorn_amazon_onboarding.RegistrationMatrix";
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
    }

    get matrix() {
        return this.props.record.data[this.props.name] || { columns: [], rows: [] };
    }

    /** Few columns share the width, many are scrolled. */
    get style() {
        const width = 11 + 6.5 * this.matrix.columns.length;
        return `table-layout: fixed; min-width: ${width}rem`;
    }

    open(cell) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "acorn.onboarding.registration",
            res_id: cell.registration,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("acorn_registration_matrix", {
    component: RegistrationMatrix,
    supportedTypes: ["json"],
});

// Output of the other simple values.
void __write_bool(bool b) {
    if (b) __write_str("true");
    else __write_str("false");
}

void __write_char(char c) { __out_done(__put_char(__out_room(4), c)); }

void __write_f64(double d) { __out_done(__put_f64(__out_room(40), d)); }

void __write_f32(float f) { __out_done(__put_f32(__out_room(40), f)); }

void __write_obj(object o) { __write_str(__str_obj(o)); }

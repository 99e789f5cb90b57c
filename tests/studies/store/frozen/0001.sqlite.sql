BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE dropsearch_alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT dropsearch_alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "dropsearch_alembic_version" VALUES('0001');
CREATE TABLE dropsearch_claim (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	study TEXT NOT NULL, 
	phase TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	repeat INTEGER NOT NULL, 
	fixed JSON NOT NULL, 
	point TEXT, 
	state TEXT NOT NULL, 
	holder TEXT, 
	heartbeat INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	barren INTEGER NOT NULL, 
	advanced BOOLEAN NOT NULL, 
	checkpoint TEXT, 
	trial INTEGER, 
	value DOUBLE, 
	parameters INTEGER, 
	cost DOUBLE, 
	best_epoch INTEGER, 
	epoch INTEGER, 
	details JSON, 
	reason TEXT, 
	started DATETIME, 
	ended DATETIME, 
	CONSTRAINT fk_dropsearch_claim_study FOREIGN KEY(study) REFERENCES dropsearch_study (uuid) ON DELETE CASCADE, 
	CONSTRAINT uq_dropsearch_claim_study_phase_number UNIQUE (study, phase, number), 
	CONSTRAINT uq_dropsearch_claim_study_phase_repeat_point UNIQUE (study, phase, repeat, point)
);
INSERT INTO "dropsearch_claim" VALUES(1,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','search',0,0,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.147409879423647,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,0,5.55555572112401363504e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:19.650065','2026-11-27 00:48:19.999433');
INSERT INTO "dropsearch_claim" VALUES(2,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','search',1,0,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.781763322509307,"hidden_size":4,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,1,5.00000009934107425557e-01,122,95040.0,2,2,NULL,NULL,'2026-11-27 00:48:20.002787','2026-11-27 00:48:20.201342');
INSERT INTO "dropsearch_claim" VALUES(3,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','search',2,0,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.7864077934748019,"hidden_size":4,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,2,5.00000009934107425557e-01,122,95040.0,2,2,NULL,NULL,'2026-11-27 00:48:20.207649','2026-11-27 00:48:20.384467');
INSERT INTO "dropsearch_claim" VALUES(4,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','finalists',0,0,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.147409879423647,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',5,1,0,1,NULL,NULL,5.47619064648946163309e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:20.414630','2026-11-27 00:48:20.552031');
INSERT INTO "dropsearch_claim" VALUES(5,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','finalists',1,1,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.147409879423647,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,NULL,5.07936517397562625752e-01,370,114048.0,0,2,NULL,NULL,'2026-11-27 00:48:20.554935','2026-11-27 00:48:20.679055');
INSERT INTO "dropsearch_claim" VALUES(6,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','curve',0,0,'{}','{"batch_size":16,"bidirectional":false,"dropout":0,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,NULL,5.00000009934107425557e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:20.702859','2026-11-27 00:48:20.830000');
INSERT INTO "dropsearch_claim" VALUES(7,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','curve',1,0,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.3,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,NULL,5.00000009934107425557e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:20.833202','2026-11-27 00:48:20.952767');
INSERT INTO "dropsearch_claim" VALUES(8,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','curve',2,0,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.5,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,NULL,5.00000009934107425557e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:20.955857','2026-11-27 00:48:21.069395');
INSERT INTO "dropsearch_claim" VALUES(9,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','curve',3,1,'{}','{"batch_size":16,"bidirectional":false,"dropout":0,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,NULL,5.00000009934107425557e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:21.076879','2026-11-27 00:48:21.194900');
INSERT INTO "dropsearch_claim" VALUES(10,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','curve',4,1,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.3,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',4,1,0,1,NULL,NULL,5.00000009934107425557e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:21.197907','2026-11-27 00:48:21.322161');
INSERT INTO "dropsearch_claim" VALUES(11,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','curve',5,1,'{}','{"batch_size":16,"bidirectional":false,"dropout":0.5,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',5,1,0,1,NULL,NULL,5.00000009934107425557e-01,370,342144.0,2,2,NULL,NULL,'2026-11-27 00:48:21.329454','2026-11-27 00:48:21.447949');
INSERT INTO "dropsearch_claim" VALUES(12,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','holdout',0,0,'{"epochs": 3}','{"batch_size":16,"bidirectional":false,"dropout":0.5,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',2,1,0,1,NULL,NULL,0.5,370,513216.0,2,2,'{"examples": 4, "classes": {"number": 2, "worst": [{"name": "slow", "examples": 2, "recall": 0.0, "taken_for": "fast"}, {"name": "fast", "examples": 2, "recall": 1.0, "taken_for": null}]}}',NULL,'2026-11-27 00:48:21.469850','2026-11-27 00:48:21.561323');
INSERT INTO "dropsearch_claim" VALUES(13,'8d0877f7-3f9d-44d4-b42d-519dbc1f8162','holdout',1,0,'{"epochs": 3}','{"batch_size":16,"bidirectional":false,"dropout":0,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}','done','vm/be99ebc9:8366:80803:72d92849',2,1,0,1,NULL,NULL,0.5,370,513216.0,2,2,'{"examples": 4, "classes": {"number": 2, "worst": [{"name": "slow", "examples": 2, "recall": 0.0, "taken_for": "fast"}, {"name": "fast", "examples": 2, "recall": 1.0, "taken_for": null}]}}',NULL,'2026-11-27 00:48:21.564680','2026-11-27 00:48:21.633053');
CREATE TABLE dropsearch_fold_score (
	claim INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	fold INTEGER NOT NULL, 
	train_loss DOUBLE NOT NULL, 
	val_loss DOUBLE NOT NULL, 
	metric DOUBLE NOT NULL, 
	updates INTEGER NOT NULL, 
	seconds DOUBLE NOT NULL, 
	CONSTRAINT pk_dropsearch_fold_score PRIMARY KEY (claim, epoch, fold), 
	CONSTRAINT fk_dropsearch_fold_score_claim FOREIGN KEY(claim) REFERENCES dropsearch_claim (id) ON DELETE CASCADE
);
INSERT INTO "dropsearch_fold_score" VALUES(1,0,0,7.38801479339599609375e-01,7.37639904022216796875e-01,4.28571432828903198242e-01,1,1.12240496000026723777e-01);
INSERT INTO "dropsearch_fold_score" VALUES(1,0,1,6.8447971343994140625e-01,6.763553619384765625e-01,5.71428596973419189453e-01,1,1.12240496000026723777e-01);
INSERT INTO "dropsearch_fold_score" VALUES(1,0,2,6.96962177753448486328e-01,6.93450629711151123046e-01,0.5,1,1.12240496000026723777e-01);
INSERT INTO "dropsearch_fold_score" VALUES(1,1,0,7.28681504726409912109e-01,0.728899359703064,4.28571432828903198242e-01,2,2.40366980000317198573e-02);
INSERT INTO "dropsearch_fold_score" VALUES(1,1,1,6.84884428977966308593e-01,0.676892876625061,5.71428596973419189453e-01,2,2.40366980000317198573e-02);
INSERT INTO "dropsearch_fold_score" VALUES(1,1,2,6.88979387283325195312e-01,6.92685782909393310546e-01,6.66666686534881591796e-01,2,2.40366980000317198573e-02);
INSERT INTO "dropsearch_fold_score" VALUES(1,2,0,7.1897983551025390625e-01,7.20753848552703857421e-01,4.28571432828903198242e-01,3,1.89932740000813282676e-02);
INSERT INTO "dropsearch_fold_score" VALUES(1,2,1,6.86038970947265625e-01,6.78499042987823486328e-01,5.71428596973419189453e-01,3,1.89932740000813282676e-02);
INSERT INTO "dropsearch_fold_score" VALUES(1,2,2,6.83254182338714599609e-01,6.91799461841583251953e-01,6.66666686534881591796e-01,3,1.89932740000813282676e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,0,0,6.71248912811279296875e-01,6.77523732185363769531e-01,5.71428596973419189453e-01,1,3.8509585000042534375e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,0,1,8.29585194587707519531e-01,8.18081319332122802734e-01,4.28571432828903198242e-01,1,3.8509585000042534375e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,0,2,9.76909637451171875e-01,7.53057181835174560546e-01,0.5,1,3.8509585000042534375e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,1,0,6.7041301727294921875e-01,6.77411258220672607421e-01,5.71428596973419189453e-01,2,2.37932170000476617133e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,1,1,8.198490142822265625e-01,8.07766079902648925781e-01,4.28571432828903198242e-01,2,2.37932170000476617133e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,1,2,9.67720746994018554687e-01,7.49536693096160888671e-01,0.5,2,2.37932170000476617133e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,2,0,6.6972547769546508789e-01,6.77484095096588134765e-01,5.71428596973419189453e-01,3,2.85092550000172195723e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,2,1,8.09719085693359375e-01,7.96586394309997558593e-01,4.28571432828903198242e-01,3,2.85092550000172195723e-02);
INSERT INTO "dropsearch_fold_score" VALUES(2,2,2,9.52244460582733154296e-01,7.45043516159057617187e-01,0.5,3,2.85092550000172195723e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,0,0,6.71248912811279296875e-01,6.77523732185363769531e-01,5.71428596973419189453e-01,1,2.35065019999183277832e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,0,1,8.29585194587707519531e-01,8.18081319332122802734e-01,4.28571432828903198242e-01,1,2.35065019999183277832e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,0,2,9.77595090866088867187e-01,7.53661394119262695312e-01,0.5,1,2.35065019999183277832e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,1,0,6.70633614063262939453e-01,6.774883270263671875e-01,5.71428596973419189453e-01,2,2.30739099999937025131e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,1,1,8.1985670328140258789e-01,8.07779014110565185546e-01,4.28571432828903198242e-01,2,2.30739099999937025131e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,1,2,9.69989478588104248046e-01,7.50852823257446289062e-01,0.5,2,2.30739099999937025131e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,2,0,6.70165598392486572265e-01,0.677606999874115,5.71428596973419189453e-01,3,2.30073210000227845739e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,2,1,8.0973821878433227539e-01,7.96619415283203125e-01,4.28571432828903198242e-01,3,2.30073210000227845739e-02);
INSERT INTO "dropsearch_fold_score" VALUES(3,2,2,9.55930173397064208984e-01,7.46872842311859130859e-01,0.5,3,2.30073210000227845739e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,0,0,6.81348264217376708984e-01,6.85451209545135498046e-01,5.71428596973419189453e-01,1,3.12989049999714552541e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,0,1,7.22984671592712402343e-01,6.82804763317108154296e-01,5.71428596973419189453e-01,1,3.12989049999714552541e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,0,2,7.36971437931060791015e-01,6.97850883007049560546e-01,0.5,1,3.12989049999714552541e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,1,0,6.82119309902191162109e-01,0.68451988697052,5.71428596973419189453e-01,2,2.93751099999326470424e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,1,1,0.71495121717453,6.81534111499786376953e-01,5.71428596973419189453e-01,2,2.93751099999326470424e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,1,2,7.29307115077972412109e-01,6.98077678680419921875e-01,0.5,2,2.93751099999326470424e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,2,0,6.83332145214080810546e-01,6.840419769287109375e-01,5.71428596973419189453e-01,3,2.3667590000059135491e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,2,1,7.07024693489074707031e-01,0.680046021938324,5.71428596973419189453e-01,3,2.3667590000059135491e-02);
INSERT INTO "dropsearch_fold_score" VALUES(4,2,2,7.2182369232177734375e-01,6.98344409465789794921e-01,0.5,3,2.3667590000059135491e-02);
INSERT INTO "dropsearch_fold_score" VALUES(5,0,0,7.5763899087905883789e-01,7.59494602680206298828e-01,4.28571432828903198242e-01,1,2.54125000000158252078e-02);
INSERT INTO "dropsearch_fold_score" VALUES(5,0,1,6.87876224517822265625e-01,0.688242495059967,7.14285731315612792968e-01,1,2.54125000000158252078e-02);
INSERT INTO "dropsearch_fold_score" VALUES(5,0,2,0.7099609375,6.72563254833221435546e-01,6.66666686534881591796e-01,1,2.54125000000158252078e-02);
INSERT INTO "dropsearch_fold_score" VALUES(5,1,0,7.42593884468078613281e-01,0.744618833065033,4.28571432828903198242e-01,2,0.0232217989999981);
INSERT INTO "dropsearch_fold_score" VALUES(5,1,1,6.77098393440246582031e-01,6.89638793468475341796e-01,5.71428596973419189453e-01,2,0.0232217989999981);
INSERT INTO "dropsearch_fold_score" VALUES(5,1,2,7.09099590778350830078e-01,6.69788837432861328125e-01,6.66666686534881591796e-01,2,0.0232217989999981);
INSERT INTO "dropsearch_fold_score" VALUES(5,2,0,7.29788303375244140625e-01,7.32025623321533203125e-01,4.28571432828903198242e-01,3,3.03202730000293740886e-02);
INSERT INTO "dropsearch_fold_score" VALUES(5,2,1,6.65611147880554199218e-01,6.91873192787170410156e-01,4.28571432828903198242e-01,3,3.03202730000293740886e-02);
INSERT INTO "dropsearch_fold_score" VALUES(5,2,2,7.08417415618896484375e-01,6.66757404804229736328e-01,6.66666686534881591796e-01,3,3.03202730000293740886e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,0,0,7.973461151123046875e-01,6.81600928306579589843e-01,5.71428596973419189453e-01,1,2.73537909999959083506e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,0,1,6.1794954538345336914e-01,0.761146068572998,4.28571432828903198242e-01,1,2.73537909999959083506e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,0,2,6.58903300762176513671e-01,0.700098991394043,0.5,1,2.73537909999959083506e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,1,0,7.80412554740905761718e-01,6.79229557514190673828e-01,5.71428596973419189453e-01,2,2.35329509999928632169e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,1,1,6.24117553234100341796e-01,7.45856404304504394531e-01,4.28571432828903198242e-01,2,2.35329509999928632169e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,1,2,6.46906435489654541015e-01,7.02367722988128662109e-01,0.5,2,2.35329509999928632169e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,2,0,7.637462615966796875e-01,6.77278339862823486328e-01,5.71428596973419189453e-01,3,2.3245574000043234264e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,2,1,6.31376624107360839843e-01,7.31767117977142333984e-01,4.28571432828903198242e-01,3,2.3245574000043234264e-02);
INSERT INTO "dropsearch_fold_score" VALUES(6,2,2,6.36587798595428466796e-01,7.04519748687744140625e-01,0.5,3,2.3245574000043234264e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,0,0,8.0080038309097290039e-01,6.8189722299575805664e-01,5.71428596973419189453e-01,1,2.49545000000352956703e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,0,1,6.1788374185562133789e-01,7.62590706348419189453e-01,4.28571432828903198242e-01,1,2.49545000000352956703e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,0,2,6.73065423965454101562e-01,6.97917401790618896484e-01,0.5,1,2.49545000000352956703e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,1,0,7.85630047321319580078e-01,6.79920315742492675781e-01,5.71428596973419189453e-01,2,2.2681097000031513744e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,1,1,6.22801423072814941406e-01,7.51625955104827880859e-01,4.28571432828903198242e-01,2,2.2681097000031513744e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,1,2,6.65142536163330078125e-01,6.98573052883148193359e-01,0.5,2,2.2681097000031513744e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,2,0,7.719249725341796875e-01,6.78535640239715576171e-01,5.71428596973419189453e-01,3,2.75599960000363353174e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,2,1,6.28511607646942138671e-01,7.41046607494354248046e-01,4.28571432828903198242e-01,3,2.75599960000363353174e-02);
INSERT INTO "dropsearch_fold_score" VALUES(7,2,2,6.54155910015106201171e-01,6.99687480926513671875e-01,0.5,3,2.75599960000363353174e-02);
INSERT INTO "dropsearch_fold_score" VALUES(8,0,0,8.06194841861724853515e-01,6.81588292121887207031e-01,5.71428596973419189453e-01,1,0.0232998949999228);
INSERT INTO "dropsearch_fold_score" VALUES(8,0,1,0.617672860622406,7.63822853565216064453e-01,4.28571432828903198242e-01,1,0.0232998949999228);
INSERT INTO "dropsearch_fold_score" VALUES(8,0,2,6.8194776773452758789e-01,6.9562250375747680664e-01,3.33333343267440795898e-01,1,0.0232998949999228);
INSERT INTO "dropsearch_fold_score" VALUES(8,1,0,7.93862819671630859375e-01,0.679442286491394,5.71428596973419189453e-01,2,2.31737980000161769567e-02);
INSERT INTO "dropsearch_fold_score" VALUES(8,1,1,6.22483789920806884765e-01,7.53581225872039794921e-01,4.28571432828903198242e-01,2,2.31737980000161769567e-02);
INSERT INTO "dropsearch_fold_score" VALUES(8,1,2,6.77570879459381103515e-01,6.94964706897735595703e-01,0.5,2,2.31737980000161769567e-02);
INSERT INTO "dropsearch_fold_score" VALUES(8,2,0,7.82239258289337158203e-01,6.78372025489807128906e-01,5.71428596973419189453e-01,3,2.65227980000872776145e-02);
INSERT INTO "dropsearch_fold_score" VALUES(8,2,1,6.2673193216323852539e-01,7.45395183563232421875e-01,4.28571432828903198242e-01,3,2.65227980000872776145e-02);
INSERT INTO "dropsearch_fold_score" VALUES(8,2,2,6.7131429910659790039e-01,6.95254027843475341796e-01,0.5,3,2.65227980000872776145e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,0,0,7.43401229381561279296e-01,6.83527886867523193359e-01,5.71428596973419189453e-01,1,2.44254450000198630732e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,0,1,7.14859843254089355468e-01,7.18656659126281738281e-01,4.28571432828903198242e-01,1,2.44254450000198630732e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,0,2,6.39495670795440673828e-01,7.0845317840576171875e-01,0.5,1,2.44254450000198630732e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,1,0,7.32546687126159667968e-01,6.80177390575408935546e-01,5.71428596973419189453e-01,2,1.89750270000104137579e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,1,1,7.0459270477294921875e-01,7.07996368408203125e-01,4.28571432828903198242e-01,2,1.89750270000104137579e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,1,2,6.40414535999298095703e-01,7.0092302560806274414e-01,0.5,2,1.89750270000104137579e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,2,0,7.22154080867767333984e-01,6.77227497100830078125e-01,5.71428596973419189453e-01,3,3.08867539999937434913e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,2,1,6.95996940135955810546e-01,6.98607742786407470703e-01,4.28571432828903198242e-01,3,3.08867539999937434913e-02);
INSERT INTO "dropsearch_fold_score" VALUES(9,2,2,6.41632258892059326171e-01,6.9343572854995727539e-01,0.5,3,3.08867539999937434913e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,0,0,7.44676709175109863281e-01,0.683845043182373,5.71428596973419189453e-01,1,2.40310799999861046671e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,0,1,7.23404347896575927734e-01,0.726829469203949,4.28571432828903198242e-01,1,2.40310799999861046671e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,0,2,6.3975149393081665039e-01,7.0882421731948852539e-01,0.5,1,2.40310799999861046671e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,1,0,7.34904766082763671875e-01,6.80771172046661376953e-01,5.71428596973419189453e-01,2,2.57937760000004345783e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,1,1,7.17896997928619384765e-01,7.20580220222473144531e-01,4.28571432828903198242e-01,2,2.57937760000004345783e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,1,2,6.40608966350555419921e-01,7.0250797271728515625e-01,0.5,2,2.57937760000004345783e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,2,0,7.25565254688262939453e-01,6.78095519542694091796e-01,5.71428596973419189453e-01,3,2.28338529999518868862e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,2,1,7.10974156856536865234e-01,7.13119864463806152343e-01,4.28571432828903198242e-01,3,2.28338529999518868862e-02);
INSERT INTO "dropsearch_fold_score" VALUES(10,2,2,6.41664266586303710937e-01,6.96023643016815185546e-01,0.5,3,2.28338529999518868862e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,0,0,7.44065165519714355468e-01,6.83723092079162597656e-01,5.71428596973419189453e-01,1,2.37251060000289726303e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,0,1,7.23540425300598144531e-01,7.27272570133209228515e-01,4.28571432828903198242e-01,1,2.37251060000289726303e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,0,2,6.39705121517181396484e-01,7.0975399017333984375e-01,0.5,1,2.37251060000289726303e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,1,0,7.34449505805969238281e-01,6.80774092674255371093e-01,5.71428596973419189453e-01,2,2.48107270000446078483e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,1,1,7.18886315822601318359e-01,7.22088217735290527343e-01,4.28571432828903198242e-01,2,2.48107270000446078483e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,1,2,6.4051443338394165039e-01,7.03346490859985351562e-01,0.5,2,2.48107270000446078483e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,2,0,0.725299060344696,0.678281307220459,5.71428596973419189453e-01,3,3.0006076999939068628e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,2,1,7.136096954345703125e-01,7.16382682323455810546e-01,4.28571432828903198242e-01,3,3.0006076999939068628e-02);
INSERT INTO "dropsearch_fold_score" VALUES(11,2,2,6.41508579254150390625e-01,6.97685658931732177734e-01,0.5,3,3.0006076999939068628e-02);
INSERT INTO "dropsearch_fold_score" VALUES(12,2,0,7.86077797412872314453e-01,7.12947964668273925781e-01,0.5,6,2.58057130000679535442e-02);
INSERT INTO "dropsearch_fold_score" VALUES(13,2,0,7.78257250785827636718e-01,7.09794759750366210937e-01,0.5,6,1.66350949999696240411e-02);
CREATE TABLE dropsearch_study (
	uuid TEXT NOT NULL, 
	name TEXT NOT NULL, 
	config JSON NOT NULL, 
	fingerprint TEXT NOT NULL, 
	summary JSON NOT NULL, 
	versions JSON NOT NULL, 
	metric TEXT NOT NULL, 
	direction TEXT NOT NULL, 
	phase TEXT NOT NULL, 
	halted BOOLEAN NOT NULL, 
	closed BOOLEAN NOT NULL, 
	note TEXT, 
	"plan" JSON, 
	answer JSON, 
	created DATETIME NOT NULL, 
	ended DATETIME, 
	CONSTRAINT pk_dropsearch_study PRIMARY KEY (uuid), 
	CONSTRAINT uq_dropsearch_study_name UNIQUE (name)
);
INSERT INTO "dropsearch_study" VALUES('8d0877f7-3f9d-44d4-b42d-519dbc1f8162','tones','{"study": "tones", "data": {"path": "/work/main/tests/studies/frozen/tones.csv", "task": "classify", "time": "step", "series": "series", "target": "label", "features": null, "categories": [], "text": null, "tokens": "words", "vocabulary": 20000, "max_tokens": 400, "group": null, "missing": "refuse", "repeated": "keep", "scale": "auto", "window": null, "horizon": null}, "folds": {"kind": "auto", "count": 3, "column": null, "across": "auto", "gap": 0, "holdout": "auto"}, "model": {"hidden_size": [4, 8], "layers": 1, "bidirectional": false, "pooling": "last", "embedding_size": 64, "dropout": {"low": 0.0, "high": 0.8}, "mask": "standard", "recurrent": "none"}, "training": {"epochs": 3, "patience": 6, "batch_size": 16, "learning_rate": 0.01, "weight_decay": 0.0, "clip": 1.0, "class_weights": false, "accelerator": "auto"}, "search": {"trials": 3, "timeout": null, "metric": "auto", "objectives": ["score"], "sampler": "tpe", "pruner": "median", "seed": 0}, "confirm": {"finalists": 1, "rates": [0.0, 0.3], "repeats": 2, "smallest_effect": "auto"}, "selected": null}','47e583fdf037ca9d27c478f807630d2e7a0dc603163d14b7fa66980b378f51d3','{"task": "classify", "rows": 246, "series": 24, "examples": 24, "lengths": {"min": 6, "median": 11.0, "max": 14}, "features": ["x"], "categories": [], "left_out": {}, "notes": [], "fingerprint": "47e583fdf037ca9d27c478f807630d2e7a0dc603163d14b7fa66980b378f51d3", "classes": {"fast": 12, "slow": 12}, "folds": [{"train": 13, "validate": 7}, {"train": 13, "validate": 7}, {"train": 14, "validate": 6}], "fold_ratio": 0.5018315018315018, "fold_kind": "stratified", "bounded": true, "persistence": null, "fold_why": "stratified: examples are dealt at random, each fold with the classes in equal shares; the task is to classify.", "fold_notes": [], "holdout": 4, "holdout_baselines": {"majority class": 0.5}, "holdout_times": {}, "baselines": {"majority class": [0.42857142857142855, 0.42857142857142855, 0.5]}}','{"python": "3.11.7", "dropsearch": "0.1.0", "torch": "2.13.0+cpu", "pytorch-lightning": "2.6.6", "optuna": "5.0.0", "scikit-learn": "1.9.1", "numpy": "2.4.6"}','accuracy','maximize','done',0,0,NULL,'{"finalists": [{"batch_size": 16, "bidirectional": false, "dropout": 0.147409879423647, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}], "curve": {"key": "dropout", "rates": [[0.0, 0], [0.3, 1], [0.5, 2]], "sites": {}, "half": 2, "winner": 0, "zero": 0, "control": null, "members": [{"batch_size": 16, "bidirectional": false, "dropout": 0.0, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}, {"batch_size": 16, "bidirectional": false, "dropout": 0.3, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}, {"batch_size": 16, "bidirectional": false, "dropout": 0.5, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}], "allowed": [true, true, true]}, "look": 1, "holdout": {"seen": 1, "recommended": {"batch_size": 16, "bidirectional": false, "dropout": 0.5, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}}}','{"study": "tones", "rests_on": "curve", "trial": null, "point": {"batch_size": 16, "bidirectional": false, "dropout": 0.5, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}, "metric": "accuracy", "direction": "maximize", "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "fold_scores": [0.5714285969734192, 0.4285714328289032, 0.5, 0.5714285969734192, 0.4285714328289032, 0.5], "epochs": 3, "trials": 3, "baseline": "majority class", "baseline_score": 0.4523809523809524, "verdict": "does not help", "verdict_against_half": "does not help", "smallest_effect": 0.01, "level": 0.95, "holdout": {"score": 0.5, "without_dropout": 0.5, "at_half": 0.5, "baselines": {"majority class": 0.5}, "examples": 4, "times_scored": 1}, "sentences": ["Use dropout 0.5 with 1 layer of 8 units (learning rate 0.01, 3 epochs).", "Its accuracy is 0.5, give or take 0.052 (corrected standard error), in 2 x 3 newly drawn folds.", "Dropout does not help here: no rate can gain more than 0.01 over none (95 % for all rates at once).", "The habit of 0.5 scored best.", "Not told apart from it: 0, 0.3; as good as it: 0, 0.3.", "With no network, majority class has 0.4524 on such folds. The network is no better than that, as far as these folds show.", "On the holdout of 4 examples it scores 0.5 (without dropout: 0.5; majority class: 0.5)."], "warnings": [], "table": [{"configuration": "dropout 0", "rate": 0.0, "recommended": false, "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "epochs": 3, "over_zero": null, "over_half": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "behind_recommended": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "told_apart": false, "as_good": true}, {"configuration": "dropout 0.3", "rate": 0.3, "recommended": false, "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "epochs": 3, "over_zero": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "over_half": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "behind_recommended": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "told_apart": false, "as_good": true}, {"configuration": "dropout 0.5", "rate": 0.5, "recommended": true, "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "epochs": 3, "over_zero": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "over_half": null, "behind_recommended": null, "told_apart": null, "as_good": null}]}','2026-11-27 00:48:14.365242','2026-11-27 00:48:21.655235');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'tones');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_system_attributes" VALUES(1,1,'study:metric_names','["accuracy"]');
INSERT INTO "study_system_attributes" VALUES(2,1,'dashboard:plot_data:response-curve:0','"{\"data\":[{\"hovertemplate\":\"%{text}: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#8795a3\",\"opacity\":0.45,\"size\":6},\"mode\":\"markers\",\"name\":\"trials of the search\",\"text\":[\"trial 0, dropout 0.147, 1 layer of 8 units\",\"trial 1, dropout 0.782, 1 layer of 4 units\",\"trial 2, dropout 0.786, 1 layer of 4 units\"],\"x\":[0.147409879423647,0.781763322509307,0.7864077934748019],\"y\":[0.5555555721124014,0.5000000099341074,0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"fill\":\"toself\",\"fillcolor\":\"rgba(42,125,225,.18)\",\"hoverinfo\":\"skip\",\"mode\":\"none\",\"showlegend\":false,\"x\":[0.0,0.3,0.5,0.5,0.3,0.0],\"y\":[0.5522356755872727,0.5522356755872727,0.5522356755872727,0.44776434428094214,0.44776434428094214,0.44776434428094214],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"customdata\":[0.052235665653165314,0.052235665653165314,0.052235665653165314],\"hovertemplate\":\"rate %{x:.3g}: accuracy %{y:.4g} \\u00b1 %{customdata:.2g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"line\":{\"color\":\"#2a7de1\",\"width\":2},\"marker\":{\"color\":\"#2a7de1\",\"size\":7},\"mode\":\"lines+markers\",\"name\":\"mean \\u00b1 standard error\",\"showlegend\":true,\"x\":[0.0,0.3,0.5],\"y\":[0.5000000099341074,0.5000000099341074,0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"hovertemplate\":\"recommended: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#d9691f\",\"line\":{\"color\":\"white\",\"width\":1.5},\"size\":13},\"mode\":\"markers\",\"name\":\"recommended\",\"showlegend\":true,\"x\":[0.5],\"y\":[0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"hovertemplate\":\"no dropout: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#6f7f8f\",\"line\":{\"width\":2},\"size\":15,\"symbol\":\"square-open\"},\"mode\":\"markers\",\"name\":\"no dropout\",\"x\":[0.0],\"y\":[0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"hovertemplate\":\"0.5, the habit: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#6f7f8f\",\"line\":{\"width\":2},\"size\":15,\"symbol\":\"diamond-open\"},\"mode\":\"marke"');
INSERT INTO "study_system_attributes" VALUES(3,1,'dashboard:plot_data:response-curve:1','"rs\",\"name\":\"0.5, the habit\",\"x\":[0.5],\"y\":[0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"customdata\":[[0.0,0.0],[0.0,0.0]],\"error_y\":{\"array\":[0.0,0.0],\"color\":\"#6f7f8f\",\"thickness\":2,\"width\":5},\"hovertemplate\":\"rate %{x:.3g}: %{y:.3g} better than none, between %{customdata[0]:.3g} and %{customdata[1]:.3g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#6f7f8f\",\"size\":8},\"mode\":\"markers\",\"showlegend\":false,\"x\":[0.3,0.5],\"y\":[0.0,0.0],\"type\":\"scatter\",\"xaxis\":\"x2\",\"yaxis\":\"y2\"}],\"layout\":{\"template\":{\"data\":{\"scatter\":[{\"type\":\"scatter\"}]}},\"xaxis\":{\"anchor\":\"y\",\"domain\":[0.0,1.0],\"matches\":\"x2\",\"showticklabels\":false,\"title\":{\"font\":{\"size\":13},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"yaxis\":{\"anchor\":\"x\",\"domain\":[0.4234,1.0],\"title\":{\"text\":\"accuracy\",\"font\":{\"size\":11},\"standoff\":8},\"range\":[0.44237478288936916,0.5609451335039743],\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"xaxis2\":{\"anchor\":\"y2\",\"domain\":[0.0,1.0],\"title\":{\"text\":\"dropout rate\",\"font\":{\"size\":13},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"yaxis2\":{\"anchor\":\"x2\",\"domain\":[0.0,0.3534],\"title\":{\"text\":\"accuracy gained\\u003cbr\\u003eover no dropout\",\"font\":{\"size\":11},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"shapes\":[{\"line\":{\"color\":\"#8795a3\",\"dash\":\"dot\",\"width\":1.5},\"type\":\"line\",\"x0\":0,\"x1\":1,\"xref\":\"x domain\",\"y0\":0.4523809523809524,\"y1\":0.4523809523809524,\"yref\":\"y\"},{\"line\":{\"color\":\"#6f7f8f\",\"width\":1.5},\"type\":\"line\",\"x0\":0,\"x1\":1,\"xref\":\"x2 domain\",\"y0\":0,\"y1\":0,\"yref\":\"y2\"},{\"line\":{\"color\":\"#8795a3\",\"dash\":\"dot\",\"width\":1.5},\"type\":\"line\",\"x0\":0,\"x1\":1,\"xref\":\"x2 domain\",\"y0\":0.01,\"y1\":0.01,\"yref\":\"y2\"}],\"annotations\":[{\"font\":{\"size\":11},\"showarrow\":false,\"text\":\"without a network\",\"x\":1,\"xanchor\":\"right\","');
INSERT INTO "study_system_attributes" VALUES(4,1,'dashboard:plot_data:response-curve:2','"\"xref\":\"x domain\",\"y\":0.4523809523809524,\"yanchor\":\"bottom\",\"yref\":\"y\"},{\"font\":{\"size\":11},\"showarrow\":false,\"text\":\"worth having: 0.01\",\"x\":1,\"xanchor\":\"right\",\"xref\":\"x2 domain\",\"y\":0.01,\"yanchor\":\"bottom\",\"yref\":\"y2\"}],\"font\":{\"color\":\"#33404d\",\"size\":13,\"family\":\"system-ui, -apple-system, ''Segoe UI'', sans-serif\"},\"margin\":{\"l\":60,\"r\":15,\"t\":45,\"b\":45},\"legend\":{\"font\":{\"size\":11},\"orientation\":\"h\",\"x\":0,\"y\":-0.2,\"yanchor\":\"top\"},\"title\":{\"text\":\"Response curve\",\"x\":0.01},\"paper_bgcolor\":\"white\",\"plot_bgcolor\":\"white\",\"height\":450,\"hovermode\":\"closest\"}}"');
INSERT INTO "study_system_attributes" VALUES(5,1,'dashboard:plot_data:overfitting:0','"{\"data\":[{\"customdata\":[0.04555657550519047,0.04597572170469686,0.04759559849785972],\"error_y\":{\"array\":[0.04555657550519047,0.04597572170469686,0.04759559849785972],\"color\":\"#d9691f\",\"thickness\":1.5,\"width\":3},\"hovertemplate\":\"training, dropout off: %{y:.4g} \\u00b1 %{customdata:.2g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"line\":{\"color\":\"#d9691f\",\"width\":2},\"marker\":{\"color\":\"#d9691f\",\"size\":8},\"mode\":\"lines+markers\",\"name\":\"training, dropout off\",\"x\":[0.0,0.3,0.5],\"y\":[0.6807058155536652,0.6887993613878886,0.6934504707654318],\"type\":\"scatter\"},{\"customdata\":[0.02068927811592724,0.019370210669467286,0.020924989249097962],\"error_y\":{\"array\":[0.02068927811592724,0.019370210669467286,0.020924989249097962],\"color\":\"#2a7de1\",\"thickness\":1.5,\"width\":3},\"hovertemplate\":\"validation: %{y:.4g} \\u00b1 %{customdata:.2g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"line\":{\"color\":\"#2a7de1\",\"width\":2},\"marker\":{\"color\":\"#2a7de1\",\"size\":8},\"mode\":\"lines+markers\",\"name\":\"validation\",\"x\":[0.0,0.3,0.5],\"y\":[0.6994875768820444,0.7010847926139832,0.701895147562027],\"type\":\"scatter\"}],\"layout\":{\"template\":{\"data\":{\"scatter\":[{\"type\":\"scatter\"}]}},\"shapes\":[{\"line\":{\"color\":\"#8795a3\",\"dash\":\"dot\",\"width\":1.5},\"type\":\"line\",\"x0\":0.5,\"x1\":0.5,\"xref\":\"x\",\"y0\":0,\"y1\":1,\"yref\":\"y domain\"}],\"annotations\":[{\"font\":{\"size\":11},\"showarrow\":false,\"text\":\"recommended\",\"x\":0.5,\"xanchor\":\"left\",\"xref\":\"x\",\"y\":1,\"yanchor\":\"top\",\"yref\":\"y domain\"}],\"xaxis\":{\"title\":{\"text\":\"dropout rate\",\"font\":{\"size\":13},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"yaxis\":{\"title\":{\"text\":\"loss\",\"font\":{\"size\":11},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"font\":{\"color\":\"#33404d\",\"size\":13,\"family\":\"system-ui, -apple-system, ''Segoe UI'', sans-serif\"},\"margin\":{\"l\":60,\"r\":15,\"t\":45,\"b\":45},\"legend\":{\"font\":{\"size\":11},\"orientation\":\"h\",\"x\":0,\"y\":-0.2,\"yanchor\":\"top\"},\"title\":{\"text\":\"Overfitting\",\"x\":0.01},\"pap"');
INSERT INTO "study_system_attributes" VALUES(6,1,'dashboard:plot_data:overfitting:1','"er_bgcolor\":\"white\",\"plot_bgcolor\":\"white\",\"height\":450,\"hovermode\":\"closest\"}}"');
INSERT INTO "study_system_attributes" VALUES(7,1,'artifacts:c898bbae-7dd1-5dd4-a0b9-1df4a596381b','"{\"artifact_id\": \"c898bbae-7dd1-5dd4-a0b9-1df4a596381b\", \"filename\": \"best.yaml\", \"mimetype\": \"application/yaml\", \"encoding\": null}"');
INSERT INTO "study_system_attributes" VALUES(8,1,'dashboard:note_ver','1');
INSERT INTO "study_system_attributes" VALUES(9,1,'dashboard:note_str:0','"**Use dropout 0.5 with 1 layer of 8 units (learning rate 0.01, 3 epochs).**\n\n- Its accuracy is 0.5, give or take 0.052 (corrected standard error), in 2 x 3 newly drawn folds.\n- Dropout does not help here: no rate can gain more than 0.01 over none (95 % for all rates at once).\n- The habit of 0.5 scored best.\n- Not told apart from it: 0, 0.3; as good as it: 0, 0.3.\n- With no network, majority class has 0.4524 on such folds. The network is no better than that, as far as these folds show.\n- On the holdout of 4 examples it scores 0.5 (without dropout: 0.5; majority class: 0.5).\n\n| configuration | \u2003accuracy | \u2003over none | \u2003over 0.5 | \u2003epochs |\n| :-- | --: | --: | --: | --: |\n| dropout 0 | \u20030.500 \u00b1 0.052 | \u2003 | \u2003+0.000 (+0.000 to +0.000) | \u20033 |\n| dropout 0.3 | \u20030.500 \u00b1 0.052 | \u2003+0.000 (+0.000 to +0.000) | \u2003+0.000 (+0.000 to +0.000) | \u20033 |\n| **dropout 0.5** | \u20030.500 \u00b1 0.052 | \u2003+0.000 (+0.000 to +0.000) | \u2003 | \u20033 |\n\nOver none, over 0.5: the difference, more is better, and its interval.\n\nFiles: [best.yaml](/artifacts/1/c898bbae-7dd1-5dd4-a0b9-1df4a596381b), [report.html](/artifacts/1/f8262f45-1880-5f4e-8444-db54f4c8e254)"');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'dropsearch_uuid','"8d0877f7-3f9d-44d4-b42d-519dbc1f8162"');
INSERT INTO "study_user_attributes" VALUES(2,1,'dropsearch_note','["674d099b0d1caac7"]');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_intermediate_values" VALUES(1,1,0,5.00000009934107425557e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(2,1,1,5.55555572112401363504e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(3,1,2,5.55555572112401363504e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(4,2,0,5.00000009934107425557e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(5,2,1,5.00000009934107425557e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(6,2,2,5.00000009934107425557e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(7,3,0,5.00000009934107425557e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(8,3,1,5.00000009934107425557e-01,'FINITE');
INSERT INTO "trial_intermediate_values" VALUES(9,3,2,5.00000009934107425557e-01,'FINITE');
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'hidden_size',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [4, 8]}}');
INSERT INTO "trial_params" VALUES(2,1,'dropout',0.147409879423647,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.8, "log": false}}');
INSERT INTO "trial_params" VALUES(3,2,'hidden_size',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [4, 8]}}');
INSERT INTO "trial_params" VALUES(4,2,'dropout',0.781763322509307,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.8, "log": false}}');
INSERT INTO "trial_params" VALUES(5,3,'hidden_size',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": [4, 8]}}');
INSERT INTO "trial_params" VALUES(6,3,'dropout',7.86407793474801941613e-01,'{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.8, "log": false}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'claim','1');
INSERT INTO "trial_user_attributes" VALUES(2,1,'fold_scores','[0.4285714328289032, 0.5714285969734192, 0.6666666865348816]');
INSERT INTO "trial_user_attributes" VALUES(3,1,'standard_error','0.10951737095636022');
INSERT INTO "trial_user_attributes" VALUES(4,1,'best_epoch','2');
INSERT INTO "trial_user_attributes" VALUES(5,1,'parameters','370');
INSERT INTO "trial_user_attributes" VALUES(6,1,'cost','342144.0');
INSERT INTO "trial_user_attributes" VALUES(7,1,'seconds','0.273');
INSERT INTO "trial_user_attributes" VALUES(8,2,'claim','2');
INSERT INTO "trial_user_attributes" VALUES(9,2,'fold_scores','[0.5714285969734192, 0.4285714328289032, 0.5]');
INSERT INTO "trial_user_attributes" VALUES(10,2,'standard_error','0.06527669068865359');
INSERT INTO "trial_user_attributes" VALUES(11,2,'best_epoch','2');
INSERT INTO "trial_user_attributes" VALUES(12,2,'parameters','122');
INSERT INTO "trial_user_attributes" VALUES(13,2,'cost','95040.0');
INSERT INTO "trial_user_attributes" VALUES(14,2,'seconds','0.16');
INSERT INTO "trial_user_attributes" VALUES(15,3,'claim','3');
INSERT INTO "trial_user_attributes" VALUES(16,3,'fold_scores','[0.5714285969734192, 0.4285714328289032, 0.5]');
INSERT INTO "trial_user_attributes" VALUES(17,3,'standard_error','0.06527669068865359');
INSERT INTO "trial_user_attributes" VALUES(18,3,'best_epoch','2');
INSERT INTO "trial_user_attributes" VALUES(19,3,'parameters','122');
INSERT INTO "trial_user_attributes" VALUES(20,3,'cost','95040.0');
INSERT INTO "trial_user_attributes" VALUES(21,3,'seconds','0.14');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,5.55555572112401363504e-01,'FINITE');
INSERT INTO "trial_values" VALUES(2,2,0,5.00000009934107425557e-01,'FINITE');
INSERT INTO "trial_values" VALUES(3,3,0,5.00000009934107425557e-01,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-27 00:48:19.663409','2026-11-27 00:48:19.993566');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-27 00:48:20.012145','2026-11-27 00:48:20.200496');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-27 00:48:20.218261','2026-11-27 00:48:20.383360');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE INDEX ix_dropsearch_study_fingerprint ON dropsearch_study (fingerprint);
CREATE INDEX ix_dropsearch_claim_study_state_phase_number ON dropsearch_claim (study, state, phase, number);
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('dropsearch_claim',13);
COMMIT;
